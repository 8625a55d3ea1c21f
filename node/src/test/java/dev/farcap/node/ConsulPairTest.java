package dev.farcap.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.farcap.ca.CaException;
import dev.farcap.ca.RealmFolder;
import dev.farcap.capability.BundleKey;
import dev.farcap.capability.SignedBundle;
import dev.farcap.capability.SigningKey;
import dev.farcap.capability.TrustBundle;
import dev.farcap.routing.Directory;
import dev.farcap.routing.Provider;
import dev.farcap.routing.Provider.Health;
import dev.farcap.routing.consul.ConsulConfig;
import dev.farcap.routing.consul.ConsulFailure;
import dev.farcap.routing.consul.ConsulPublisher;
import dev.farcap.session.Identity;
import dev.farcap.testkit.ConsulServer;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two nodes that find each other by a real Consul.
final class ConsulPairTest {
  private static final String ROUTES =
      """
      providers:
        host-b: {identity: farcap://lab/host-b, services: [ROM]}
      routes: [{anyService: true, to: [host-b]}]
      """;

  private static final String NOWHERE =
      """
      providers:
        host-b: {identity: farcap://lab/host-b, services: [ROM]}
      routes: []
      """;

  @TempDir private Path folder;
  private @Nullable ConsulServer consul;
  private @Nullable RomPair pair;
  private int signed;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(ConsulServer.executable() != null, "needs a Consul: run testkit/consul");
    consul = ConsulServer.start(folder.resolve("consul"), "");
    pair = new RomPair(folder);
    pair.hosts.grant(Duration.ofHours(1));
  }

  @AfterEach
  void stop() {
    if (pair != null) {
      pair.close();
    }
    if (consul != null) {
      consul.close();
    }
  }

  private ConsulServer consul() {
    return Objects.requireNonNull(consul);
  }

  private RomPair pair() {
    return Objects.requireNonNull(pair);
  }

  /// Both, and the client has heard where the server is.
  private void startPair() throws Exception {
    publish(ROUTES);
    startServer();
    startClient();
    Await.until(() -> hostB().health() == Health.UP && !hostB().addresses().isEmpty());
  }

  private void startServer() throws Exception {
    Path file = pair().hosts.writeServer(RomPair.EVERYBODY);
    Files.writeString(file, Files.readString(file) + "  directory: " + consul("weight: 5"));
    pair().startServer(file);
  }

  private void startClient() throws Exception {
    Path file = pair().hosts.writeClient("tls://127.0.0.1:1");
    Files.writeString(
        file,
        Files.readString(file).replace("directory: directory.yaml", "directory: " + consul("")));
    pair().startClient(file);
  }

  private String consul(String more) {
    return "{consul: {address: \"%s\", ttl: 3s}%s}\n"
        .formatted(consul().address(), more.isEmpty() ? "" : ", " + more);
  }

  private void publish(String routes) throws Exception {
    Path out = folder.resolve("routes-" + ++signed);
    realm().signRoutes(routes, null, out);
    put(Files.readAllBytes(out));
  }

  private RealmFolder realm() throws CaException {
    return RealmFolder.open(folder.resolve("ca"), InstantSource.system());
  }

  private void put(byte[] routes) throws ConsulFailure {
    try (ConsulPublisher publisher =
        ConsulPublisher.open(ConsulConfig.of(consul().address()), "lab")) {
      assertTrue(publisher.publishRoutes(routes, publisher.routes()));
    }
  }

  private Provider hostB() {
    return directory().snapshot().provider(new Identity("lab", "host-b")).orElseThrow();
  }

  private Directory directory() {
    return Objects.requireNonNull(pair().client().client()).directory();
  }

  @Test
  void aClientFindsAServerByWhatItHasRegistered() throws Exception {
    startPair();

    pair().watching("config").assertLives();
    assertEquals(pair().server().addresses(), hostB().addresses());
    assertEquals(5, hostB().weight());
    NodeStatus server = NodeStatus.of(pair().server());
    assertNotNull(server.registration());
    assertEquals(pair().server().addresses(), server.registration().addresses());
  }

  @Test
  void aServerMayComeLater() throws Exception {
    publish(ROUTES);
    startClient();
    startServer();

    Await.until(() -> !hostB().addresses().isEmpty());
    pair().watching("config").assertLives();
  }

  @Test
  void callsGoOnWhileConsulIsAwayAndAClientStartsWithoutIt() throws Exception {
    startPair();
    RomPair.Watching before = pair().watching("config");

    consul().kill();
    Await.until(() -> directory().freshness().trouble() != null);

    before.assertLives();
    pair().watching("other").assertLives();

    pair().client().drain(Duration.ZERO);
    startClient();

    pair().watching("config").assertLives();
    Await.until(() -> directory().freshness().trouble() != null);
  }

  /// With `farcap.proof.long` for a minute.
  @Test
  void aTimeWithoutConsulCostsNoCall() throws Exception {
    startPair();
    RomPair.Watching watching = pair().watching("config");
    consul().kill();
    long end =
        System.nanoTime()
            + Duration.ofSeconds(Boolean.getBoolean("farcap.proof.long") ? 60 : 5).toNanos();

    for (int calls = 0; System.nanoTime() < end; calls++) {
      watching.assertLives();
      // A new session, and an end that is the program's own.
      pair().watching(calls % 2 == 0 ? "other" : "config");
    }
    consul().restart();

    Await.until(() -> directory().freshness().trouble() == null);
    watching.assertLives();
    assertEquals(0, Objects.requireNonNull(pair().client().client()).counters().refusedRoute.sum());
    assertEquals(0, Objects.requireNonNull(pair().client().client()).counters().rerouted.sum());
  }

  @Test
  void aChangeOfRoutesClosesWhatItConcerns() throws Exception {
    startPair();
    RomPair.Watching watching = pair().watching("config");

    publish(NOWHERE);

    assertEquals(Status.Code.UNAVAILABLE, watching.end().getCode());
    assertEquals(Status.Code.PERMISSION_DENIED, pair().refusal("config").getCode());
  }

  @Test
  void forgedRoutesChangeNothing() throws Exception {
    startPair();
    RomPair.Watching watching = pair().watching("config");
    RealmFolder thief = RealmFolder.init("lab", folder.resolve("thief"), InstantSource.system());
    Path forged = folder.resolve("forged");
    thief.signRoutes(NOWHERE, 99L, forged);

    put(Files.readAllBytes(forged));
    Await.until(() -> directory().refused() > 0);

    watching.assertLives();
    pair().watching("other").assertLives();
  }

  @Test
  void whoRegistersAsAnotherIsNotTakenForIt() throws Exception {
    startPair();
    pair().watching("config").assertLives();
    // host-a registers the address of host-b under a name that is in the routes, too.
    publish(
        """
        providers:
          host-b: {identity: farcap://lab/host-b, services: [acme.Greeter]}
          host-c: {identity: farcap://lab/host-c, services: [ROM]}
        routes: [{service: ROM, to: [host-c]}]
        """);
    consul()
        .ask(
            "PUT",
            "/v1/agent/service/register",
            """
            {"Name": "farcap-lab", "ID": "x",
             "Meta": {"identity": "farcap://lab/host-c", "address-0": "%s"}}
            """
                .formatted(pair().server().addresses().getFirst())
                .getBytes(StandardCharsets.UTF_8));

    Await.until(
        () ->
            NodeStatus.of(pair().client()).links().stream()
                .anyMatch(link -> String.valueOf(link.lastFailure()).contains("host-b")));
  }

  @Test
  void aTrustBundleThatFollowsIsBelievedWithoutARestartAndAfterOne() throws Exception {
    startPair();
    SigningKey bundler = key("bundle.key");
    SignedBundle first = realm().bundle();
    SignedBundle second = follower(first, bundler);

    publishBundle(second);

    Await.until(() -> pair().client().trust().bundle().number() == 2);
    Await.until(() -> pair().server().trust().bundle().number() == 2);
    SigningKey stranger = SigningKey.generate(new SecureRandom());
    publishBundle(follower(second, stranger));
    Await.until(() -> directory().refused() > 0);
    assertEquals(2, pair().client().trust().bundle().number());
    pair().watching("config").assertLives();

    pair().client().drain(Duration.ZERO);
    startClient();

    assertEquals(2, pair().client().trust().bundle().number());
    pair().watching("config").assertLives();
  }

  /// The same keys, and the signer's as one for bundles.
  private static SignedBundle follower(SignedBundle before, SigningKey signer) {
    List<BundleKey> keys = new ArrayList<>(before.bundle().keys());
    BundleKey any = keys.getFirst();
    if (before.bundle().key(signer.id()).isEmpty()) {
      keys.add(
          new BundleKey(
              BundleKey.Usage.BUNDLE,
              BundleKey.State.ACTIVE,
              any.notBefore(),
              any.expires(),
              new BundleKey.Material.Ed25519(signer.verifyingKey())));
    }
    return SignedBundle.sign(
        new TrustBundle(
            "lab",
            before.bundle().number() + 1,
            before.sha256(),
            Instant.now().truncatedTo(ChronoUnit.MILLIS),
            keys),
        List.of(signer));
  }

  private SigningKey key(String name) throws Exception {
    String pem = Files.readString(folder.resolve("ca").resolve(name));
    return SigningKey.ofPkcs8(
        Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", "")));
  }

  private void publishBundle(SignedBundle bundle) throws ConsulFailure {
    try (ConsulPublisher publisher =
        ConsulPublisher.open(ConsulConfig.of(consul().address()), "lab")) {
      assertTrue(publisher.publishBundle(bundle.bundle().number(), bundle.bytes()));
    }
  }

  @Test
  void aServerThatDrainsSaysSoAndThenIsGone() throws Exception {
    startPair();
    RomPair.Watching watching = pair().watching("config");

    Thread draining = Thread.ofVirtual().start(() -> pair().server().drain(Duration.ofSeconds(20)));

    Await.until(() -> hostB().health() != Health.UP);
    var _ = watching.end();
    draining.join();
    Await.until(() -> hostB().health() == Health.DOWN);
  }

  @Test
  void anyTroubleOfTheDirectoryIsInStatusAndMetrics() throws Exception {
    startServer();
    startClient();

    Await.until(() -> directory().freshness().trouble() != null);

    NodeStatus status = NodeStatus.of(pair().client());
    assertTrue(
        status.json().contains("is not there, or this process may not read it"), status::json);
    try (NodeMetrics metrics = new NodeMetrics(pair().client())) {
      assertTrue(metrics.text().contains("farcap_directory_trouble 1.0"), metrics::text);
    }
    Await.until(() -> Objects.requireNonNull(pair().server().presence()).trouble() == null);
    try (NodeMetrics metrics = new NodeMetrics(pair().server())) {
      assertTrue(metrics.text().contains("farcap_registered 1.0"), metrics::text);
    }
  }
}

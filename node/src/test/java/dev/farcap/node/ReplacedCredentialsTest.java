package dev.farcap.node;

import static dev.farcap.node.RomPair.EVERYBODY;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.link.Link;
import dev.farcap.node.RomPair.Watching;
import dev.farcap.session.Label;
import dev.farcap.session.Peer;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Certificates and grants that are replaced while a pair runs: who notices, and what becomes of
/// the sessions that are open.
final class ReplacedCredentialsTest {
  private final Instant renewed =
      Instant.now().plus(Duration.ofDays(10)).truncatedTo(ChronoUnit.SECONDS);

  @TempDir private Path folder;
  @AutoClose private RomPair pair;
  private TwoHosts hosts;

  @BeforeEach
  void makeRealm() throws Exception {
    pair = new RomPair(folder);
    hosts = pair.hosts;
  }

  // ---- certificates

  @ParameterizedTest
  @ValueSource(strings = {"host-a", "host-b"})
  void renewedCertificateIsNoticedAndOpenSessionsLiveOn(String host) throws Exception {
    hosts.grant(Label.of("app1", "config"));
    pair.start(EVERYBODY);
    Watching kept = pair.watching("config");
    Node node = host.equals("host-a") ? pair.client() : pair.server();

    hosts.renew(host, renewed);

    Await.until(() -> node.trust().certificateExpires().equals(renewed));
    kept.assertLives();
  }

  @Test
  void newConnectionsUseTheRenewedCertificates() throws Exception {
    pair.startServer(EVERYBODY);
    hosts.renew("host-b", renewed);
    RomPair.reload(pair.server());

    pair.startClient(pair.server().addresses().getFirst());
    assertEquals(renewed, peer(pair.client()).certificateExpires());

    hosts.renew("host-a", renewed);
    RomPair.reload(pair.client());
    for (Link link : pair.client().endpoint().links()) {
      link.close("so that it dials anew");
    }
    Await.until(() -> peer(pair.server()).certificateExpires().equals(renewed));
  }

  /// The other end of the only link that is up.
  private static Peer peer(Node node) throws Exception {
    AtomicReference<@Nullable Peer> found = new AtomicReference<>();
    Await.until(
        () -> {
          for (Link link : node.endpoint().links()) {
            if (link.isUp()) {
              found.set(link.peer());
            }
          }
          return found.get() != null;
        });
    return requireNonNull(found.get());
  }

  /// What makes a folder of credentials useless, and what is said of it.
  enum Broken {
    NO_CERTIFICATE("leaf.pem is no certificate chain in PEM"),
    HALF_WRITTEN("leaf.pem is no certificate chain in PEM"),
    OPEN_TO_OTHERS("leaf.key holds a private key and is open to others (rw-r--r--)"),
    KEY_OF_ANOTHER("leaf.key is not the key of the certificate in"),
    NO_HOLDER_KEY("holds no credentials (it has no holder.key)"),
    BUNDLE_OF_ANOTHER_REALM("leaf.pem cannot be used"),
    ANOTHER_HOST(": is now farcap://lab/host-b with holder key ");

    private final String said;

    Broken(String said) {
      this.said = said;
    }

    void apply(Path credentials, Path others) throws Exception {
      switch (this) {
        case NO_CERTIFICATE -> Files.writeString(credentials.resolve("leaf.pem"), "nothing");
        case HALF_WRITTEN -> {
          Path file = credentials.resolve("leaf.pem");
          Files.writeString(file, Files.readString(file).substring(0, 300));
        }
        case OPEN_TO_OTHERS ->
            Files.setPosixFilePermissions(
                credentials.resolve("leaf.key"), PosixFilePermissions.fromString("rw-r--r--"));
        case KEY_OF_ANOTHER -> copy(others, credentials, "leaf.key");
        case NO_HOLDER_KEY -> Files.delete(credentials.resolve("holder.key"));
        case BUNDLE_OF_ANOTHER_REALM ->
            copy(
                new TwoHosts(others.resolve("realm")).folder.resolve("host-a"),
                credentials,
                "trust.bundle");
        case ANOTHER_HOST ->
            copy(others, credentials, "leaf.key", "leaf.pem", "holder.key", "trust.bundle");
      }
    }

    private static void copy(Path from, Path to, String... names) throws Exception {
      for (String name : names) {
        Files.copy(from.resolve(name), to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void brokenCredentialsAreNamedAndTheOldOnesStay(Broken broken) throws Exception {
    hosts.grant(Duration.ofDays(1));
    pair.start(EVERYBODY);
    Watching kept = pair.watching("config");
    Instant before = pair.client().trust().certificateExpires();

    try (LogLines said = LogLines.of(Trust.class)) {
      broken.apply(folder.resolve("host-a"), folder.resolve("host-b"));
      RomPair.reload(pair.client());

      said.await(broken.said);
    }

    assertEquals(before, pair.client().trust().certificateExpires());
    kept.assertLives();
    pair.watching("other").assertLives();
  }

  // ---- grants

  @Test
  void grantThatIsAddedOpensWhatWasRefused() throws Exception {
    hosts.grant(Label.of("app1", "config"));
    pair.start(EVERYBODY);
    Watching kept = pair.watching("config");
    assertEquals(Status.Code.PERMISSION_DENIED, pair.refusal("other").getCode());

    try (LogLines said = LogLines.of(ClientProxy.class)) {
      hosts.grant(Label.of("app1", "other"));
      said.await("2 grants");
    }

    pair.watching("other").assertLives();
    kept.assertLives();
  }

  @Test
  void grantThatIsRemovedEndsNothingThatIsOpen() throws Exception {
    Path grant = hosts.grant(Label.of("app1", "config"));
    pair.start(EVERYBODY);
    Watching kept = pair.watching("config");

    Files.delete(grant);
    RomPair.reload(pair.client());

    assertEquals(Status.Code.PERMISSION_DENIED, pair.refusal("other").getCode());
    kept.assertLives();
  }

  @Test
  void brokenGrantIsNamedAndTheOthersCount() throws Exception {
    hosts.grant(Label.of("app1", "config"));
    Path broken = hosts.grant(Label.of("app1", "other"));
    pair.start(EVERYBODY);
    Watching kept = pair.watching("config");

    try (LogLines said = LogLines.of(ClientProxy.class)) {
      Files.writeString(broken, "no grant");
      RomPair.reload(pair.client());

      said.await("grant not usable: " + broken + ": ");
    }

    assertEquals(Status.Code.PERMISSION_DENIED, pair.refusal("other").getCode());
    pair.watching("config").assertLives();
    kept.assertLives();
  }
}

package dev.farcap.node;

import static dev.farcap.node.RomPair.EVERYBODY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.config.ConfigException;
import dev.farcap.node.RomPair.Watching;
import dev.farcap.session.Label;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a running pair takes over, and what ends a session.
final class NodeTest {
  /// Of a grant that ends during a test: many times what opening a session takes.
  private static final Duration SHORT = Duration.ofSeconds(8);

  @TempDir private Path folder;
  @AutoClose private RomPair pair;
  private TwoHosts hosts;

  @BeforeEach
  void makeRealm() throws Exception {
    pair = new RomPair(folder);
    hosts = pair.hosts;
  }

  // ---- grants

  @Test
  void sessionEndsWithItsGrant() throws Exception {
    pair.start(EVERYBODY);
    hosts.grant(SHORT);
    RomPair.reload(pair.client());

    Status status = pair.watching("config").end();

    assertEquals(Status.Code.PERMISSION_DENIED, status.getCode(), status.toString());
  }

  @Test
  void newerGrantKeepsOpenSessionAlive() throws Exception {
    pair.start(EVERYBODY);
    hosts.grant(SHORT);
    RomPair.reload(pair.client());
    Watching kept = pair.watching("config");

    hosts.grant(Duration.ofDays(1));
    RomPair.reload(pair.client());
    Status ended =
        kept.ended.completeOnTimeout(Status.OK, 2 * SHORT.toSeconds(), TimeUnit.SECONDS).get();

    assertEquals(Status.OK, ended, "the session has ended");
  }

  @Test
  void labelWithoutGrantIsRefusedAtOnce() throws Exception {
    hosts.grant(Label.of("app1", "config"));
    pair.start(EVERYBODY);

    Watching allowed = pair.watching("config");
    Status refused = pair.refusal("other");

    allowed.assertLives();
    assertEquals(Status.Code.PERMISSION_DENIED, refused.getCode());
    assertEquals(
        "no grant for farcap.rom.v1.Rom at farcap://lab/host-b as 'app1 -> other'",
        refused.getDescription());
  }

  // ---- configuration

  @Test
  void changedPolicyEndsOnlyTheSessionsItConcerns() throws Exception {
    hosts.grant(Duration.ofDays(1));
    pair.start(EVERYBODY);
    Watching kept = pair.watching("config");
    Watching concerned = pair.watching("other");

    hosts.writeServer("[{labelSuffix: \" -> config\", backend: roms}]");

    Status status = concerned.end();
    assertEquals(Status.Code.UNAVAILABLE, status.getCode(), status.toString());
    kept.assertLives();
    Status denied = pair.refusal("other");
    assertEquals(Status.Code.PERMISSION_DENIED, denied.getCode(), denied.toString());
  }

  @Test
  void brokenConfigurationLeavesWhatIsInForce() throws Exception {
    hosts.grant(Duration.ofDays(1));
    pair.start(EVERYBODY);
    Watching kept = pair.watching("config");

    hosts.writeServer("[{labelSuffix: \" -> config\", backend: nowhere}]");
    RomPair.reload(pair.server());

    kept.assertLives();
    Watching another = pair.watching("other");
    assertFalse(another.ended.isDone());
  }

  @Test
  void clientSaysWhatOfItsFileNeedsARestart() throws Exception {
    pair.startClient("tls://127.0.0.1:1");
    Path file = folder.resolve("client.yaml");

    try (LogLines said = LogLines.of(Node.class)) {
      Files.writeString(file, "status: 4711\n", StandardOpenOption.APPEND);

      said.await(file + ": needs a restart: status port 4711");
    }
  }

  @Test
  void processWithoutPinnedBundleDoesNotStart() throws Exception {
    Path file = hosts.writeServer(EVERYBODY);
    String text = Files.readString(file);
    Files.writeString(
        file, text.replaceFirst("trustBundle: [0-9a-f]{64}", "trustBundle: " + "0".repeat(64)));

    NodeException failure =
        assertThrows(NodeException.class, () -> Node.start(NodeConfig.read(file)));

    assertTrue(
        String.valueOf(failure.getMessage()).contains("pins the trust bundle"),
        failure.getMessage());
  }

  @Test
  void backendThatDoesNotExistIsAProblem() throws Exception {
    Path file = hosts.writeServer("[{labelPrefix: \"\", backend: elsewhere}]");

    ConfigException failure = assertThrows(ConfigException.class, () -> NodeConfig.read(file));

    assertEquals(
        file + ":7:57: server.exports.ROM.policies[0].backend: there is no backend 'elsewhere'",
        failure.getMessage());
  }

  @Test
  void authoritiesOfBackendWithoutCertificateAreAProblem() throws Exception {
    Path empty = Files.writeString(folder.resolve("empty.pem"), "nothing");
    Path file =
        hosts.writeServer(
            "{far: {grpc: {tcp: \"far.example:443\", tls: {authorities: empty.pem}}}}",
            "{acme.Far: far}");

    ConfigException failure = assertThrows(ConfigException.class, () -> NodeConfig.read(file));

    assertEquals(
        file
            + ":6:70: server.backends.far.grpc.tls.authorities: "
            + empty
            + " has no certificates that can be used: found no certificates in input stream",
        failure.getMessage());
  }
}

package dev.farcap.node;

import static dev.farcap.node.RomPair.EVERYBODY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.config.ConfigException;
import dev.farcap.node.NodeStatus.LinkStatus;
import dev.farcap.node.NodeStatus.PathStatus;
import dev.farcap.node.RomPair.Watching;
import dev.farcap.transport.UnixSocketPath;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.shm.ShmConfig;
import dev.farcap.transport.shm.Spinning;
import io.grpc.Status;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Over what a link runs, chosen by address.
final class MediaTest {
  @TempDir private Path folder;
  @AutoClose private RomPair pair;
  private TwoHosts hosts;

  @BeforeEach
  void makeRealm() throws Exception {
    pair = new RomPair(folder);
    hosts = pair.hosts;
    hosts.grant(Duration.ofDays(1));
  }

  /// A server that listens over each medium.
  private void startServer() throws Exception {
    Path file = hosts.writeServer(EVERYBODY);
    String text = Files.readString(file);
    Files.writeString(
        file,
        text.replace(
            "[\"tls://127.0.0.1:0\"]",
            "[\"tls://127.0.0.1:0\", \"quic://127.0.0.1:0\", \"shm://%s\"]"
                .formatted(folder.resolve("link"))));
    pair.startServer(file);
  }

  private String address(String medium) {
    return pair.server().addresses().stream()
        .filter(address -> address.startsWith(medium + "://"))
        .findFirst()
        .orElseThrow();
  }

  private LinkStatus link() {
    List<LinkStatus> links = NodeStatus.of(pair.client()).links();
    assertEquals(1, links.size());
    return links.getFirst();
  }

  // ---- chosen by address

  @ParameterizedTest
  @ValueSource(strings = {"tls", "quic"})
  void theAddressSaysTheMediumAndTheStatusTellsIt(String medium) throws Exception {
    startServer();
    pair.startClient(address(medium));

    pair.watching("config").assertLives();

    assertEquals(medium, link().medium());
    PathStatus path = Objects.requireNonNull(link().path(), "nothing is known of the way");
    assertTrue(path.roundTripMicros() > 0, path.toString());
    assertTrue(path.packetBytesMax() >= 1_200, path.toString());
    if (medium.equals("quic")) {
      assertTrue(Objects.requireNonNull(path.packetsSent()) > 0, path.toString());
      assertNotNull(path.packetsLost());
    }
  }

  @Test
  void sharedMemoryIsAMediumWithoutAWay() throws Exception {
    startServer();
    pair.startClient(address("shm"));

    pair.watching("config").assertLives();

    assertEquals("shm", link().medium());
    assertNull(link().path());
  }

  // ---- who dials

  /// The server is behind a router that lets nobody in.
  @Test
  void aProviderThatCannotBeDialledDialsItsUsers() throws Exception {
    Path client = hosts.writeClient("tls://127.0.0.1:1");
    Path directory = folder.resolve("directory.yaml");
    Files.writeString(directory, Files.readString(directory).replace("\"tls://127.0.0.1:1\"", ""));
    Files.writeString(client, Files.readString(client) + "\n  listen: [\"tls://127.0.0.1:0\"]\n");
    pair.startClient(client);
    assertEquals(Status.Code.UNAVAILABLE, pair.refusal("config").getCode());

    Path server = hosts.writeServer(EVERYBODY);
    Files.writeString(
        server,
        Files.readString(server)
            .replace(
                "listen: [\"tls://127.0.0.1:0\"]",
                "dial: [{identity: farcap://lab/host-a, addresses: [\"%s\"]}]"
                    .formatted(pair.client().addresses().getFirst())));
    pair.startServer(server);
    Await.until(
        () -> NodeStatus.of(pair.client()).links().stream().anyMatch(l -> l.state().equals("up")));

    pair.watching("config").assertLives();
    assertEquals(List.of(), pair.server().addresses());
  }

  @Test
  void aServerThatNeitherListensNorDialsIsAProblem() throws Exception {
    Path file = hosts.writeServer(EVERYBODY);
    Files.writeString(file, Files.readString(file).replace("listen: [\"tls://127.0.0.1:0\"]", ""));

    ConfigException failure = assertThrows(ConfigException.class, () -> NodeConfig.read(file));

    assertTrue(
        String.valueOf(failure.getMessage()).contains("server: expected 'listen', 'dial' or both"),
        failure.getMessage());
  }

  @Test
  void aUserIsDialledOnce() throws Exception {
    Path file = hosts.writeServer(EVERYBODY);
    String user = "{identity: farcap://lab/host-a, addresses: [\"tls://10.0.0.1:1\"]}";
    Files.writeString(
        file,
        Files.readString(file)
            .replace("listen: [\"tls://127.0.0.1:0\"]", "dial: [%s, %s]".formatted(user, user)));

    ConfigException failure = assertThrows(ConfigException.class, () -> NodeConfig.read(file));

    assertTrue(
        String.valueOf(failure.getMessage())
            .endsWith("server.dial[1].identity: farcap://lab/host-a is dialled already"),
        failure.getMessage());
  }

  // ---- one for another

  @Test
  void whereTheFirstIsRefusedTheNextIsTaken() throws Exception {
    startServer();
    String nobody = "quic://127.0.0.1:" + freePort();
    pair.startClient(nobody + "\", \"" + address("tls"));

    pair.watching("config").assertLives();

    assertEquals("tls", link().medium());
    assertEquals(nobody + ": refused: nothing listens there", link().lastFailure());
  }

  @Test
  void whereTheFirstSaysNothingTheNextIsTaken() throws Exception {
    startServer();
    try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      String nobody = "quic://127.0.0.1:" + silent.getLocalPort();
      pair.startClient(nobody + "\", \"" + address("tls"));

      pair.watching("config").assertLives();

      assertEquals("tls", link().medium());
      assertEquals(
          nobody + ": timed out: no answer to the attempt to connect", link().lastFailure());
    }
  }

  @Test
  void whereTheFirstIsAsGoodItIsTaken() throws Exception {
    startServer();
    pair.startClient(address("quic") + "\", \"" + address("tls"));

    pair.watching("config").assertLives();

    assertEquals("quic", link().medium());
  }

  @Test
  void aLinkThatLosesItsServerComesBackOverAnother() throws Exception {
    startServer();
    pair.startClient(address("quic") + "\", \"" + address("tls"));
    Watching watching = pair.watching("config");
    String tls = address("tls");

    pair.server().drain(Duration.ZERO);
    watching.end();
    Path file = hosts.writeServer(EVERYBODY);
    Files.writeString(file, Files.readString(file).replace("tls://127.0.0.1:0", tls));
    pair.startServer(file);

    pair.watching("config").assertLives();
    assertEquals("tls", link().medium());
  }

  /// Of UDP, and free: somebody has just given it back.
  private static int freePort() throws Exception {
    try (DatagramSocket probe = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  // ---- mistakes

  @Test
  void anUnknownMediumToListenAtIsAProblemAtItsPlace() throws Exception {
    Path file = hosts.writeServer(EVERYBODY);
    Files.writeString(file, Files.readString(file).replace("tls://", "pigeon://"));

    ConfigException failure = assertThrows(ConfigException.class, () -> NodeConfig.read(file));

    assertEquals(
        file
            + ":5:12: server.listen[0]: 'pigeon://127.0.0.1:0' is of no medium known here,"
            + " expected tls://host:port, quic://host:port, nic://interface or shm:///path",
        failure.getMessage());
  }

  @Test
  void anUnknownMediumInTheDirectoryIsAProblemAtItsPlace() throws Exception {
    Path file = hosts.writeClient("tls://127.0.0.1:1\", \"pigeon://127.0.0.1:1");

    ConfigException failure = assertThrows(ConfigException.class, () -> NodeConfig.read(file));

    String message = String.valueOf(failure.getMessage());
    assertTrue(message.startsWith(folder.resolve("directory.yaml") + ":2:"), message);
    assertTrue(
        message.endsWith(
            "providers.host-b.addresses[1]: 'pigeon://127.0.0.1:1' is of no medium known here,"
                + " expected tls://host:port, quic://host:port, nic://interface/mac or"
                + " shm:///path"),
        message);
  }

  @Test
  void habitsOfSharedMemoryAreRead() throws Exception {
    Path file = hosts.writeServer(EVERYBODY);
    String text = Files.readString(file);

    Files.writeString(file, text + "\nshm: {spinning: off, access: group}\n");
    ShmConfig shm = NodeConfig.read(file).shm();
    assertEquals(Spinning.OFF, shm.spinning());
    assertEquals(UnixSocketPath.Access.GROUP, shm.access());

    Files.writeString(file, text + "\nshm: {spinning: often}\n");
    ConfigException failure = assertThrows(ConfigException.class, () -> NodeConfig.read(file));
    assertTrue(
        String.valueOf(failure.getMessage())
            .endsWith("shm.spinning: expected one of off, brief, always, found 'often'"),
        failure.getMessage());
  }

  @Test
  void anAddressOfAnotherFormIsAProblem() throws Exception {
    Path file = hosts.writeServer(EVERYBODY);
    Files.writeString(file, Files.readString(file).replace("tls://127.0.0.1:0", "quic://here"));

    ConfigException failure = assertThrows(ConfigException.class, () -> NodeConfig.read(file));

    assertTrue(
        String.valueOf(failure.getMessage())
            .endsWith("is not of the form quic://host:port or quic://[ipv6]:port"),
        failure.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          quic://10.0.0.2:0     | has the port 0, which is one to listen at only
          tls://10.0.0.2:70000  | has the port 70000, expected at most 65535
          """)
  void whatCannotBeDialledIsAProblemAtItsPlace(String address, String problem) throws Exception {
    Path file = hosts.writeClient(address);

    ConfigException failure = assertThrows(ConfigException.class, () -> NodeConfig.read(file));

    assertTrue(String.valueOf(failure.getMessage()).endsWith(problem), failure.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"5, 30", "20, 80", "3600, 14400"})
  void quicOutlastsFourPings(int pingS, int idleS) {
    QuicConfig config = Media.quic(Duration.ofSeconds(pingS));

    assertEquals(1_000 * idleS, config.idleTimeoutMs());
  }

  @Test
  void aPeerToListenAtIsAProblemAtItsPlace() throws Exception {
    Path file = hosts.writeServer(EVERYBODY);
    Files.writeString(
        file, Files.readString(file).replace("tls://127.0.0.1:0", "nic://eth0/02:00:00:00:00:01"));

    ConfigException failure = assertThrows(ConfigException.class, () -> NodeConfig.read(file));

    assertTrue(
        String.valueOf(failure.getMessage()).endsWith("names a peer, expected nic://interface"),
        failure.getMessage());
  }

  @Test
  void noPeerToDialIsAProblemAtItsPlace() throws Exception {
    Path file = hosts.writeClient("nic://eth0");

    ConfigException failure = assertThrows(ConfigException.class, () -> NodeConfig.read(file));

    assertTrue(
        String.valueOf(failure.getMessage())
            .endsWith("names no peer, expected nic://interface/mac"),
        failure.getMessage());
  }
}

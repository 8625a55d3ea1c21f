package dev.farcap.transport.nic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// `CAP_NET_RAW` is needed, and nothing else.
@Tag("netns")
final class NicPermissionTest {
  @BeforeAll
  static void needsRoot() {
    Segment.assumePossible();
  }

  @Test
  void oneCapabilityIsEnough() throws Exception {
    assertEquals("connected", connectedWith("-all,+net_raw"));
  }

  @Test
  void withoutItTheMessageSaysHowToGrantIt() throws Exception {
    String said = connectedWith("-net_raw");

    assertTrue(said.startsWith("nic://"), said);
    assertTrue(said.contains("are not permitted to this process: give it CAP_NET_RAW"), said);
    assertTrue(said.contains("AmbientCapabilities=CAP_NET_RAW"), said);
    assertTrue(said.contains("setcap cap_net_raw+ep /"), said);
  }

  /// What a process says that has these capabilities, as `setpriv` writes them, and tries.
  private static String connectedWith(String capabilities) throws Exception {
    try (Segment wire = Segment.wire(1_500)) {
      Process process =
          new ProcessBuilder(
                  "setpriv",
                  "--bounding-set=" + capabilities,
                  "--inh-caps=" + capabilities,
                  ProcessHandle.current().info().command().orElseThrow(),
                  "-Xmx128m",
                  "--enable-native-access=ALL-UNNAMED",
                  "--sun-misc-unsafe-memory-access=allow",
                  "-cp",
                  System.getProperty(
                      "surefire.test.class.path", System.getProperty("java.class.path")),
                  NicPermissionTest.class.getName(),
                  "nic://" + wire.nic(1),
                  wire.address(0, 1))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, process.waitFor(), said);
      return said.lines().reduce((_, last) -> last).orElse("");
    }
  }

  /// That process.
  ///
  /// @param addresses to listen at, and to dial that
  public static void main(String[] addresses) {
    TlsTestRealm realm = TlsTestRealm.create();
    TlsCredentials credentials = realm.issue("farcap://test/permitted");
    NicMedium medium =
        new NicMedium(
            () -> credentials,
            realm.policy(),
            new TransportCounters(),
            new NicCounters(),
            QuicConfig.DEFAULT);
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    try {
      Acceptor _ = medium.listen(addresses[0], loops, Recorder::new);
      var _ = Recorder.dial(medium, addresses[1], loops.next()).join();
      System.out.println("connected");
    } catch (IOException e) {
      System.out.println(e.getMessage());
    }
    System.exit(0);
  }
}

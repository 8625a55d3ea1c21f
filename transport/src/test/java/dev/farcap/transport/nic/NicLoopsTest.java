package dev.farcap.transport.nic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Loops that cannot poll packet sockets are refused by name.
class NicLoopsTest {
  private static final TlsTestRealm REALM = TlsTestRealm.create();
  private static final TlsCredentials CREDENTIALS = REALM.issue("farcap://test/host");
  private static final ConnectionPolicy POLICY = REALM.policy();

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final NicMedium medium =
      new NicMedium(
          () -> CREDENTIALS,
          POLICY,
          new TransportCounters(),
          new NicCounters(),
          QuicConfig.DEFAULT);

  @AfterEach
  void close() {
    medium.close();
    loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void aDialOnAnotherLoopFailsWithTheReason() {
    String address = "nic://lo/02:fc:00:00:00:01";

    String reason = Recorder.reasonOf(Recorder.dial(medium, address, loops.next()));

    assertEquals(address + ": raw Ethernet needs Linux and an event loop on epoll", reason);
  }

  @Test
  void anAcceptorOnOtherLoopsIsAnErrorAtTheStart() {
    IOException refusal =
        assertThrows(
            IOException.class, () -> medium.listen("nic://lo", loops, Recorder::new).close());

    assertEquals(
        "nic://lo: raw Ethernet needs Linux and an event loop on epoll", refusal.getMessage());
  }
}

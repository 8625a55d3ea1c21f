package dev.farcap.transport.nic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Connection;
import dev.farcap.transport.LeakCheck;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// An acceptor at host 1 of a segment and diallers at host 0, for tests. Closing checks that
/// everything came back.
final class NicEnds implements AutoCloseable {
  private static final TlsTestRealm REALM = TlsTestRealm.create();
  private static final TlsCredentials FAR = REALM.issue("farcap://test/far");
  private static final TlsCredentials NEAR = REALM.issue("farcap://test/near");

  final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
  final TransportCounters counters = new TransportCounters();
  final NicCounters farFrames = new NicCounters();
  final NicCounters nearFrames = new NicCounters();
  private final BlockingQueue<Recorder> accepted = new LinkedBlockingQueue<>();
  private final Queue<Recorder> opened = new ConcurrentLinkedQueue<>();
  private final LeakCheck leaks = new LeakCheck();
  private final Segment segment;
  final NicMedium far;
  final NicMedium near;
  private final Acceptor acceptor;

  NicEnds(Segment segment) throws IOException {
    this.segment = segment;
    far = new NicMedium(() -> FAR, REALM.policy(), counters, farFrames, QuicConfig.DEFAULT);
    near =
        new NicMedium(
            () -> NEAR, REALM.policy(), new TransportCounters(), nearFrames, QuicConfig.DEFAULT);
    acceptor = far.listen("nic://" + segment.nic(1), loops, this::accept);
  }

  Recorder accept(Connection connection) {
    Recorder end = new Recorder(connection);
    opened.add(end);
    accepted.add(end);
    return end;
  }

  CompletableFuture<Recorder> dial() {
    return dial(segment.address(0, 1));
  }

  CompletableFuture<Recorder> dial(String address) {
    return Recorder.dial(near, address, loops.next())
        .whenComplete(
            (end, _) -> {
              if (end != null) {
                opened.add(end);
              }
            });
  }

  Recorder awaitAccepted() {
    try {
      Recorder end = accepted.poll(20, TimeUnit.SECONDS);
      assertNotNull(end, "nothing was accepted");
      return end;
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  @Override
  public void close() {
    acceptor.close();
    opened.forEach(end -> end.close("the test is over"));
    opened.forEach(Recorder::awaitClosed);
    near.close();
    far.close();
    leaks.end(loops);
    assertEquals(counters.snapshot().connectionsOpened(), counters.snapshot().connectionsClosed());
  }
}

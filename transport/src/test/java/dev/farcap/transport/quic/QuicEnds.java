package dev.farcap.transport.quic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.HostAddress;
import dev.farcap.transport.LeakCheck;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// An acceptor over QUIC with its counters and those it accepted, for tests. Closing it checks that
/// everything came back.
final class QuicEnds implements AutoCloseable {
  static final TlsTestRealm REALM = TlsTestRealm.create();
  static final TlsCredentials FAR = REALM.issue("farcap://test/far");
  static final TlsCredentials NEAR = REALM.issue("farcap://test/near");

  final EventLoopGroup loops;
  private final EventLoopGroup diallersLoops;
  final TransportCounters counters = new TransportCounters();
  final TransportCounters nearCounters = new TransportCounters();
  final BlockingQueue<Recorder> accepted = new LinkedBlockingQueue<>();
  private final Queue<Recorder> opened = new ConcurrentLinkedQueue<>();
  private final List<QuicMedium> media = new ArrayList<>();
  private final Acceptor acceptor;
  private final LeakCheck leaks;

  /// Listens on IPv4 with the far credentials and the realm's policy.
  QuicEnds() throws IOException {
    this(QuicConfig.DEFAULT);
  }

  QuicEnds(QuicConfig config) throws IOException {
    this(() -> FAR, REALM.policy(), config);
  }

  QuicEnds(Supplier<TlsCredentials> credentials, ConnectionPolicy policy, QuicConfig config)
      throws IOException {
    this(
        new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory()),
        "quic://127.0.0.1:0",
        credentials,
        policy,
        config);
  }

  QuicEnds(
      EventLoopGroup loops,
      String address,
      Supplier<TlsCredentials> credentials,
      ConnectionPolicy policy,
      QuicConfig config)
      throws IOException {
    this(loops, loops, address, credentials, policy, config);
  }

  /// With loops of their own for those that dial.
  QuicEnds(
      EventLoopGroup loops,
      EventLoopGroup diallersLoops,
      String address,
      Supplier<TlsCredentials> credentials,
      ConnectionPolicy policy,
      QuicConfig config)
      throws IOException {
    this.loops = loops;
    this.diallersLoops = diallersLoops;
    this.leaks = new LeakCheck();
    QuicMedium medium = new QuicMedium(credentials, policy, counters, config);
    media.add(medium);
    this.acceptor = medium.listen(address, loops, this::accept);
  }

  Recorder accept(Connection connection) {
    Recorder far = new Recorder(connection);
    opened.add(far);
    accepted.add(far);
    return far;
  }

  /// Another medium, closed with these ends.
  QuicMedium medium(
      Supplier<TlsCredentials> credentials, ConnectionPolicy policy, QuicConfig config) {
    QuicMedium medium = new QuicMedium(credentials, policy, nearCounters, config);
    media.add(medium);
    return medium;
  }

  String address() {
    return acceptor.address();
  }

  int port() {
    return HostAddress.parse("quic", address()).port();
  }

  /// Another one over other datagrams.
  QuicMedium medium(Datagrams datagrams) {
    QuicMedium medium =
        new QuicMedium(() -> NEAR, REALM.policy(), nearCounters, QuicConfig.DEFAULT, datagrams);
    media.add(medium);
    return medium;
  }

  CompletableFuture<Recorder> dial(TlsCredentials credentials) {
    return dial(medium(() -> credentials, REALM.policy(), QuicConfig.DEFAULT), address());
  }

  CompletableFuture<Recorder> dial(QuicMedium medium, String address) {
    return Recorder.dial(medium, address, diallersLoops.next())
        .whenComplete(
            (near, _) -> {
              if (near != null) {
                opened.add(near);
              }
            });
  }

  Recorder awaitAccepted() {
    try {
      Recorder far = accepted.poll(20, TimeUnit.SECONDS);
      assertNotNull(far, "nothing was accepted");
      return far;
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  /// A good peer still connects, and its frame arrives.
  void assertOthersAreServed() {
    Recorder near = dial(NEAR).join();
    near.send(Recorder.bytes("I am well"));
    awaitAccepted().awaitFrames(1);
  }

  void awaitRefused(long count) {
    Recorder.awaitThat(count + " refused", () -> counters.snapshot().handshakesRefused() >= count);
    assertEquals(0, accepted.size(), "accepted");
  }

  @Override
  public void close() {
    acceptor.close();
    opened.forEach(end -> end.close("the test is over"));
    opened.forEach(Recorder::awaitClosed);
    media.forEach(QuicMedium::close);
    leaks.end(loops, diallersLoops);
    assertEquals(counters.snapshot().connectionsOpened(), counters.snapshot().connectionsClosed());
  }
}

package dev.farcap.transport.shm;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Held;
import dev.farcap.transport.LeakCheck;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.UnixSocketPath;
import dev.farcap.transport.tls.PeerProof;
import dev.farcap.transport.tls.StreamAdmission;
import dev.farcap.transport.tls.TlsConfig;
import dev.farcap.transport.tls.TlsContexts;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsHandshake;
import dev.farcap.transport.tls.TlsTestRealm;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// An acceptor over shared memory with its counters and those it accepted, and who dials it, for
/// tests. Closing it checks that everything came back.
final class ShmEnds implements AutoCloseable {
  static final TlsTestRealm REALM = TlsTestRealm.create();
  static final TlsCredentials FAR = REALM.issue("farcap://test/far");
  static final TlsCredentials NEAR = REALM.issue("farcap://test/near");

  final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
  final BlockingQueue<Recorder> accepted = new LinkedBlockingQueue<>();
  final TransportCounters counters = new TransportCounters();
  final Path socket;
  final String address;
  final ShmMedium near;

  /// With the acceptor listening, and no connection.
  final Held before;

  private final List<Recorder> opened = new ArrayList<>();
  private final List<TlsContexts> preparations = new ArrayList<>();
  private final LeakCheck leaks = new LeakCheck();
  private final ShmMedium far;
  private final Acceptor acceptor;

  ShmEnds(Path folder) throws IOException {
    this(folder, ShmConfig.DEFAULT);
  }

  ShmEnds(Path folder, ShmConfig config) throws IOException {
    this.far = new ShmMedium(() -> FAR, REALM.policy(), counters, config);
    this.near = new ShmMedium(() -> NEAR, REALM.policy(), new TransportCounters(), config);
    this.socket = folder.resolve("socket");
    this.address = "shm://" + socket;
    this.acceptor = listen(address);
    this.before = Held.now();
  }

  Acceptor listen(String where) throws IOException {
    return far.listen(where, loops, this::accept);
  }

  /// Listens, and does with proven streams what a test says.
  Acceptor listen(
      String where, TlsHandshake.Opening opening, TlsConfig config, Acceptor.AcceptHandler handler)
      throws IOException {
    TlsContexts contexts = TlsContexts.ofAcceptor(ShmMedium.PROTOCOL, () -> FAR, config);
    PeerProof proof = new PeerProof(ShmMedium.PROTOCOL, REALM.policy());
    StreamAdmission admission =
        new StreamAdmission(ShmMedium.NAME, contexts, proof, counters, config, opening, handler);
    preparations.add(contexts);
    return ShmAcceptor.open(ShmAddress.parse(where), loops, UnixSocketPath.Access.OWNER, admission);
  }

  private ConnectionListener accept(Connection connection) {
    Recorder end = new Recorder(connection);
    accepted.add(end);
    return end;
  }

  CompletableFuture<Recorder> dialling(String where) {
    return Recorder.dial(near, where, loops.next());
  }

  Recorder dial(String where) {
    Recorder end = dialling(where).join();
    opened.add(end);
    return end;
  }

  Recorder awaitAccepted() throws InterruptedException {
    Recorder end = accepted.poll(20, TimeUnit.SECONDS);
    assertNotNull(end, "nothing was accepted");
    opened.add(end);
    return end;
  }

  /// A good peer still connects, and its frame arrives.
  void assertOthersAreServed() throws InterruptedException {
    Recorder one = dial(address);
    Recorder other = awaitAccepted();
    one.send(Recorder.bytes("I am well"));
    other.awaitFrames(1);
    one.close("done");
    other.awaitClosed();
  }

  @Override
  public void close() {
    opened.forEach(end -> end.close("the test is over"));
    opened.forEach(Recorder::awaitClosed);
    acceptor.close();
    near.close();
    far.close();
    preparations.forEach(TlsContexts::close);
    leaks.end(loops);
    assertFalse(Files.exists(socket), "the socket's file");
  }
}

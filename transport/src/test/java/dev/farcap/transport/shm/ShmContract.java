package dev.farcap.transport.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionContract;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/// What every connection promises, over shared memory.
abstract class ShmContract extends ConnectionContract {
  private static final TlsTestRealm REALM = TlsTestRealm.create();
  private static final TlsCredentials ACCEPTOR = REALM.issue("farcap://test/acceptor");
  private static final TlsCredentials DIALLER = REALM.issue("farcap://test/dialler");

  @TempDir private Path folder;

  private final TransportCounters counters = new TransportCounters();
  private final ShmMedium far;
  private final ShmMedium near;

  ShmContract(Spinning spinning) {
    if (spinning != Spinning.BRIEF) {
      frames /= 10;
      pumped /= 10;
    }
    ShmConfig config = ShmConfig.DEFAULT.withSpinning(spinning);
    far = new ShmMedium(() -> ACCEPTOR, REALM.policy(), counters, config);
    near = new ShmMedium(() -> DIALLER, REALM.policy(), counters, config);
  }

  @Override
  protected void openMedium() {}

  @Override
  protected Acceptor listen(Acceptor.AcceptHandler handler) throws IOException {
    return far.listen("shm://" + folder.resolve("socket"), loops, handler);
  }

  @Override
  protected Acceptor listenAgain(String address) throws IOException {
    return far.listen(address, loops, Recorder::new);
  }

  @Override
  protected Dialer dialer() {
    return near;
  }

  @Override
  protected void closeMedium() {
    near.close();
    far.close();
    Recorder.awaitThat("end of all connections", this::areAllClosed);
    assertEquals(0, counters.snapshot().framesMalformed());
  }

  private boolean areAllClosed() {
    TransportCounters.Snapshot counted = counters.snapshot();
    return counted.connectionsOpened() == counted.connectionsClosed();
  }
}

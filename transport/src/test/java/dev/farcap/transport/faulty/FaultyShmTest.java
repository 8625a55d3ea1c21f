package dev.farcap.transport.faulty;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionContract;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.shm.ShmConfig;
import dev.farcap.transport.shm.ShmMedium;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/// What every connection promises, connections over shared memory promise over a line that is late,
/// uneven and narrow in both directions, of both sides.
class FaultyShmTest extends ConnectionContract {
  private static final TlsTestRealm REALM = TlsTestRealm.create();
  private static final TlsCredentials ACCEPTOR = REALM.issue("farcap://test/acceptor");
  private static final TlsCredentials DIALLER = REALM.issue("farcap://test/dialler");

  @TempDir private Path folder;

  private final ShmMedium far = medium(ACCEPTOR);
  private final ShmMedium near = medium(DIALLER);
  private final FaultyLine farLine = FaultyInProcessTest.poorLine();
  private final FaultyLine nearLine = FaultyInProcessTest.poorLine();

  private static ShmMedium medium(TlsCredentials credentials) {
    return new ShmMedium(
        () -> credentials, REALM.policy(), new TransportCounters(), ShmConfig.DEFAULT);
  }

  @Override
  protected void openMedium() {}

  @Override
  protected Acceptor listen(Acceptor.AcceptHandler handler) throws IOException {
    return far.listen("shm://" + folder.resolve("socket"), loops, farLine.acceptor(handler));
  }

  @Override
  protected Acceptor listenAgain(String address) throws IOException {
    return far.listen(address, loops, Recorder::new);
  }

  @Override
  protected Dialer dialer() {
    return nearLine.dialer(near);
  }

  @Override
  protected void closeMedium() {
    near.close();
    far.close();
    nearLine.close();
    farLine.close();
  }
}

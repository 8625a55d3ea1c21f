package dev.farcap.transport.faulty;

import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.shm.ShmConfig;
import dev.farcap.transport.shm.ShmMedium;
import dev.farcap.transport.tls.TlsCredentials;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/// Over shared memory.
class FaultyShmTest extends FaultyMediumContract {
  @TempDir private Path folder;

  FaultyShmTest() {
    super(medium(ACCEPTOR), medium(DIALLER));
  }

  private static ShmMedium medium(TlsCredentials credentials) {
    return new ShmMedium(
        () -> credentials, REALM.policy(), new TransportCounters(), ShmConfig.DEFAULT);
  }

  @Override
  String listening() {
    return "shm://" + folder.resolve("socket");
  }
}

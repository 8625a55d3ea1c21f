package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.quic.QuicConfig;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A link that nobody uses keeps its connection by its pings, though QUIC gives up what is idle.
@Timeout(120)
class IdleLinkProofTest {
  private static final byte[] HELLO = {1, 2};
  private static final Duration IDLE = Duration.ofSeconds(2);
  private static final QuicConfig SHORT =
      QuicConfig.DEFAULT.withIdleTimeoutMs((int) IDLE.toMillis());

  @TempDir private Path folder;

  @Test
  void aConnectionOutlivesItsIdleTimeoutByPings() throws Exception {
    try (Backend backend = Backend.at(folder.resolve("backend.sock"));
        LibraryPair pair = pair(backend, Duration.ofMillis(250));
        Program program = Program.at(pair.socket())) {
      assertTrue(program.echo(HELLO).status().isOk());

      Until.passed(System.nanoTime() + 3 * IDLE.toNanos());

      assertEquals(1, pair.connections());
      assertTrue(program.echo(HELLO).status().isOk());
    }
  }

  /// So the time is in force.
  @Test
  void withoutPingsItIsGivenUpAndMadeAgain() throws Exception {
    try (Backend backend = Backend.at(folder.resolve("backend.sock"));
        LibraryPair pair = pair(backend, Duration.ofHours(1))) {
      Until.holds("another connection", () -> pair.connections() > 1);
    }
  }

  private LibraryPair pair(Backend backend, Duration pingInterval) throws Exception {
    return LibraryPair.quic(folder, backend.socket(), SHORT, pingInterval);
  }
}

package dev.farcap.transport.faulty;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionContract;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Principal;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.inprocess.InProcessNetwork;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;

/// What every connection promises, in-process connections promise over a line that is late, uneven
/// and narrow in both directions, of both sides.
class FaultyInProcessTest extends ConnectionContract {
  private static final Principal ACCEPTOR =
      new Principal("farcap://test/acceptor", "a".repeat(64), Instant.MAX);
  private static final Principal DIALLER =
      new Principal("farcap://test/dialler", "d".repeat(64), Instant.MAX);

  /// Late, uneven, narrow: but so that a test of 64 MiB ends within seconds.
  static final LineQuality POOR =
      LineQuality.PERFECT
          .latency(Duration.ofMillis(1))
          .jitter(Duration.ofMillis(2))
          .bytesPerSecond(100_000_000);

  private final InProcessNetwork network = new InProcessNetwork();
  private final FaultyLine farLine = poorLine();
  private final FaultyLine nearLine = poorLine();

  static FaultyLine poorLine() {
    long seed = System.nanoTime();
    System.out.println("poor line, seed " + seed);
    FaultyLine line = new FaultyLine(seed);
    line.quality(Direction.OUT, POOR);
    line.quality(Direction.IN, POOR);
    return line;
  }

  @Override
  protected void openMedium() {}

  @Override
  protected Acceptor listen(Acceptor.AcceptHandler handler) throws IOException {
    return network.listen("inprocess://far", ACCEPTOR, loops, farLine.acceptor(handler));
  }

  @Override
  protected Acceptor listenAgain(String address) throws IOException {
    return network.listen(address, ACCEPTOR, loops, Recorder::new);
  }

  @Override
  protected Dialer dialer() {
    return nearLine.dialer(network.dialer(DIALLER));
  }

  @Override
  protected void closeMedium() {
    nearLine.close();
    farLine.close();
  }
}

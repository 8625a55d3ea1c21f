package example.bell;

import dev.farcap.session.SessionCaller;
import dev.farcap.session.SessionStream;
import dev.farcap.session.SignalPort.SignalTransmitter;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;

/// The bell itself. Thread-safe: each call comes in a virtual thread of its own.
final class HouseBell implements BellSession {
  private static final int STROKES_MAX = 3;
  private static final int SIGHS_MAX = 100;

  private final List<SignalTransmitter> sighs = new ArrayList<>();
  private Chime latest = Chime.getDefaultInstance();

  @Override
  public synchronized Chime ring(int strokes) throws RingException {
    if (strokes < 1 || strokes > STROKES_MAX) {
      throw new RingException(RingError.newBuilder().setStrokesMax(STROKES_MAX).build());
    }
    String by = SessionCaller.current().label().toString();
    latest = Chime.newBuilder().setNumber(latest.getNumber() + 1).setBy(by).build();
    notifyAll();
    sighs.forEach(SignalTransmitter::submit);
    return latest;
  }

  @Override
  public SessionStream<Chime> watch(int count) {
    return new Chimes(this, count);
  }

  /// The first chime after a number. A caller that is slow misses some, but never the latest.
  synchronized Chime awaitAfter(int number) throws InterruptedException {
    while (latest.getNumber() <= number) {
      wait();
    }
    return latest;
  }

  @Override
  public synchronized void sigh(SignalTransmitter rung) {
    sighs.removeIf(SignalTransmitter::isDead);
    if (sighs.size() >= SIGHS_MAX) {
      rung.close();
      throw Status.RESOURCE_EXHAUSTED
          .withDescription("the bell has " + SIGHS_MAX + " listeners, its limit")
          .asRuntimeException();
    }
    sighs.add(rung);
  }
}

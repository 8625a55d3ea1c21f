package example.bell;

import dev.farcap.session.SessionStream;
import io.grpc.Status;
import java.util.NoSuchElementException;

/// The chimes for one caller. Asked for the next only when the caller takes one more.
final class Chimes implements SessionStream<Chime> {
  private final HouseBell bell;
  private final int count;
  private int told;
  private int number;

  Chimes(HouseBell bell, int count) {
    this.bell = bell;
    this.count = count;
  }

  @Override
  public boolean hasNext() {
    return count == 0 || told < count;
  }

  @Override
  public Chime next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    try {
      Chime chime = bell.awaitAfter(number);
      number = chime.getNumber();
      told++;
      return chime;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Status.CANCELLED.withDescription("the caller is gone").asRuntimeException();
    }
  }

  @Override
  public void close() {}
}

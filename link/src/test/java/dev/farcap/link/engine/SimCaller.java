package dev.farcap.link.engine;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// One simulated caller: sends messages of random sizes, reads at its own pace, remembers its end.
final class SimCaller implements CallListener.Caller {
  private static final int[] LENGTHS = {0, 1, 100, 16_384, 16_385, 60_000, 65_520, 65_521, 200_000};

  private final int nonce;
  private final String method;
  private final SimWorld world;
  private @Nullable OwnCall call;
  private String outcome = "none";
  private boolean cancelled;

  SimCaller(int nonce, String method, SimWorld world) {
    this.nonce = nonce;
    this.method = method;
    this.world = world;
  }

  void begin(OwnSession session, @Nullable Long deadlineNanos) {
    byte[][] metadata = {
      "nonce".getBytes(StandardCharsets.US_ASCII),
      Integer.toString(nonce).getBytes(StandardCharsets.US_ASCII)
    };
    OwnCall own = session.call(method, metadata, deadlineNanos, this);
    call = own;
    int messages = method.equals("stream") ? 1 + world.random.nextInt(4) : 1;
    own.request(1);
    for (int i = 0; i < messages; i++) {
      int length = LENGTHS[world.random.nextInt(LENGTHS.length)];
      if (i == 0) {
        own.message(ExactlyOnceSimulationTest.pattern(length, nonce));
      } else {
        world.afterMs(
            world.between(0, 10 * i),
            () -> own.message(ExactlyOnceSimulationTest.pattern(length, nonce)));
      }
    }
    if (messages == 1) {
      own.halfClose();
    } else {
      world.afterMs(world.between(30, 50), own::halfClose);
    }
  }

  void cancel() {
    if (outcome.equals("none") && call != null) {
      cancelled = true;
      outcome = "1";
      call.cancel();
    }
  }

  int nonce() {
    return nonce;
  }

  String outcome() {
    return outcome;
  }

  @Override
  public void headers(byte[][] metadata) {}

  @Override
  public void message(ByteBuf message) {
    ExactlyOnceSimulationTest.assertPattern(message, nonce);
    message.release();
    world.afterMs(
        world.between(0, 5),
        () -> {
          if (call != null && !cancelled) {
            call.request(1);
          }
        });
  }

  @Override
  public void ready() {}

  @Override
  public void returned(int code, String description, byte[][] trailers) {
    if (!outcome.equals("none")) {
      throw new AssertionError(this + " ended twice");
    }
    outcome =
        code
            + (trailers.length == 4
                ? " " + new String(trailers[3], StandardCharsets.US_ASCII)
                : "");
  }

  @Override
  public String toString() {
    return nonce + " (" + method + ", " + outcome + ")";
  }
}

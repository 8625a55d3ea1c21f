package dev.farcap.link.engine;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/// The numbered frames that were sent and are not yet acknowledged, to be sent again on resume.
///
/// Bounded: [#hasRoom()] is asked before Open, Call, Headers and Message; Cancel and a Return
/// without message may exceed the bound, since each living call has at most one of them.
final class Outbox {
  /// A link of 1 Gbit/s and 30 ms fits without slowing down.
  static final int BYTES_MAX = 4 << 20;

  /// Small frames hold a buffer each.
  static final int FRAMES_MAX = 16 << 10;

  private final ArrayDeque<ByteBuf> frames = new ArrayDeque<>();
  private long lastNumber;
  private long bytes;

  /// The number the next frame gets.
  long nextNumber() {
    return lastNumber + 1;
  }

  boolean hasRoom() {
    return bytes < BYTES_MAX && frames.size() < FRAMES_MAX;
  }

  /// Keeps a frame that carries [#nextNumber()], and takes it over.
  void add(ByteBuf frame) {
    lastNumber++;
    bytes += frame.readableBytes();
    frames.add(frame);
  }

  /// Forgets the frames up to `number`.
  ///
  /// @throws WireException if it was never sent or was forgotten before
  void acknowledge(long number) {
    long firstKept = firstKept();
    if (!canAcknowledge(number)) {
      throw new WireException(
          "frame " + number + " acknowledged, but " + firstKept + ".." + lastNumber + " are open");
    }
    for (long n = firstKept; n <= number; n++) {
      ByteBuf frame = frames.remove();
      bytes -= frame.readableBytes();
      frame.release();
    }
  }

  boolean canAcknowledge(long number) {
    return number <= lastNumber && number >= firstKept() - 1;
  }

  private long firstKept() {
    return lastNumber - frames.size() + 1;
  }

  /// Hands out every kept frame again, oldest first, each with a reference of its own.
  void replay(Consumer<ByteBuf> to) {
    frames.forEach(frame -> to.accept(frame.retainedDuplicate()));
  }

  int frames() {
    return frames.size();
  }

  void release() {
    frames.forEach(ByteBuf::release);
    frames.clear();
    bytes = 0;
  }
}

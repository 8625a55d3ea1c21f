package dev.farcap.transport.nic;

import java.util.concurrent.atomic.LongAdder;

/// What the medium counts below QUIC: Ethernet frames, over all its channels since start. Written
/// by any loop, read by anyone.
public final class NicCounters {
  private final LongAdder framesIn = new LongAdder();
  private final LongAdder bytesIn = new LongAdder();
  private final LongAdder framesOut = new LongAdder();
  private final LongAdder bytesOut = new LongAdder();
  private final LongAdder framesMalformed = new LongAdder();
  private final LongAdder framesOverrun = new LongAdder();
  private final LongAdder framesUnsent = new LongAdder();

  /// One moment's values; not a consistent cut while channels are busy.
  ///
  /// @param framesIn frames whose packet was handed to QUIC
  /// @param bytesIn their bytes with all headers, without padding
  /// @param framesOut frames handed to the interface
  /// @param bytesOut their bytes with all headers, without padding
  /// @param framesMalformed frames that came through the kernel's filter and had a header that
  ///   nobody honest writes, or were longer than the interface's MTU; dropped
  /// @param framesOverrun frames that the kernel dropped because the loop did not fetch them in
  ///   time; counted once a second and at the end of a channel
  /// @param framesUnsent frames that the interface did not take: it is down or gone, its queue is
  ///   full, or they are longer than its MTU, as some of an acceptor are when it finds out what the
  ///   way to a peer takes
  public record Snapshot(
      long framesIn,
      long bytesIn,
      long framesOut,
      long bytesOut,
      long framesMalformed,
      long framesOverrun,
      long framesUnsent) {}

  /// The values now.
  public Snapshot snapshot() {
    return new Snapshot(
        framesIn.sum(),
        bytesIn.sum(),
        framesOut.sum(),
        bytesOut.sum(),
        framesMalformed.sum(),
        framesOverrun.sum(),
        framesUnsent.sum());
  }

  void received(int bytes) {
    framesIn.increment();
    bytesIn.add(bytes);
  }

  void sent(int bytes) {
    framesOut.increment();
    bytesOut.add(bytes);
  }

  void malformed() {
    framesMalformed.increment();
  }

  void overrun(long frames) {
    framesOverrun.add(frames);
  }

  void unsent() {
    framesUnsent.increment();
  }
}

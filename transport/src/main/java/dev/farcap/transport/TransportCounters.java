package dev.farcap.transport;

import java.util.concurrent.atomic.LongAdder;

/// What a medium counts, over all its connections since start. Written by any loop, read by anyone.
public final class TransportCounters {
  private final LongAdder framesIn = new LongAdder();
  private final LongAdder bytesIn = new LongAdder();
  private final LongAdder framesOut = new LongAdder();
  private final LongAdder bytesOut = new LongAdder();
  private final LongAdder framesDropped = new LongAdder();
  private final LongAdder framesMalformed = new LongAdder();
  private final LongAdder connectionsOpened = new LongAdder();
  private final LongAdder connectionsClosed = new LongAdder();
  private final LongAdder handshakesRefused = new LongAdder();
  private final LongAdder socketFailures = new LongAdder();
  private final LongAdder packetsStray = new LongAdder();

  /// One moment's values; not a consistent cut while connections are busy.
  ///
  /// @param framesIn frames delivered to listeners
  /// @param bytesIn their bytes, without prefixes and encryption
  /// @param framesOut frames handed to the medium
  /// @param bytesOut their bytes, without prefixes and encryption
  /// @param framesDropped frames sent after the connection had ended
  /// @param framesMalformed lengths out of range, or positions in shared memory, each of which
  ///   ended its connection
  /// @param connectionsOpened peers proven and admitted
  /// @param connectionsClosed those of them that are gone
  /// @param handshakesRefused connections ended by this side or by time before they were admitted
  /// @param socketFailures errors of sockets that carry packets, which ended no connection
  /// @param packetsStray packets of a connection that came from elsewhere than its peer, where
  ///   peers do not move; dropped
  public record Snapshot(
      long framesIn,
      long bytesIn,
      long framesOut,
      long bytesOut,
      long framesDropped,
      long framesMalformed,
      long connectionsOpened,
      long connectionsClosed,
      long handshakesRefused,
      long socketFailures,
      long packetsStray) {}

  /// The values now.
  public Snapshot snapshot() {
    return new Snapshot(
        framesIn.sum(),
        bytesIn.sum(),
        framesOut.sum(),
        bytesOut.sum(),
        framesDropped.sum(),
        framesMalformed.sum(),
        connectionsOpened.sum(),
        connectionsClosed.sum(),
        handshakesRefused.sum(),
        socketFailures.sum(),
        packetsStray.sum());
  }

  /// Frames were delivered.
  public void received(int frames, long bytes) {
    framesIn.add(frames);
    bytesIn.add(bytes);
  }

  /// Frames were handed to the medium.
  public void sent(int frames, long bytes) {
    framesOut.add(frames);
    bytesOut.add(bytes);
  }

  /// A frame came after the end of its connection.
  public void frameDropped() {
    framesDropped.increment();
  }

  /// A length, or a position in shared memory, was out of range.
  public void frameMalformed() {
    framesMalformed.increment();
  }

  /// A peer was admitted.
  public void connectionOpened() {
    connectionsOpened.increment();
  }

  /// An admitted peer is gone.
  public void connectionClosed() {
    connectionsClosed.increment();
  }

  /// A connection ended before it was admitted.
  public void handshakeRefused() {
    handshakesRefused.increment();
  }

  /// A socket that carries packets failed at some.
  public void socketFailed() {
    socketFailures.increment();
  }

  /// A packet of a connection came from elsewhere than its peer.
  public void packetStray() {
    packetsStray.increment();
  }
}

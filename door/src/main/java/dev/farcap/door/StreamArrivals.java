package dev.farcap.door;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Stream;

/// The messages of one stream as they arrive: where they begin, how long they are, and how much of
/// the window may be given back.
///
/// All counts are of bytes since the stream began. A message is five bytes, a flag and its length,
/// and then itself (gRPC over HTTP/2, Length-Prefixed-Message).
final class StreamArrivals {
  private static final int PREFIX_BYTES = 5;

  /// Above this a message is long. Netty gives window back by halves, so what is short must fit
  /// into the other half.
  private static final int SHORT_BYTES_MAX = Arrivals.STREAM_BYTES / 2 - PREFIX_BYTES;

  final Http2Stream stream;
  private final int messageBytes;
  private long arrived;
  private long read;
  private long givenBack;

  /// Where the message begins that is not complete; as much as has arrived if there is none.
  private long begin;

  private int prefixBytes;
  private long length;
  private long missing;
  private boolean asked;
  private boolean doneWithRoom;
  private long room;
  private boolean over;

  /// @param messageBytes longest message that gRPC takes
  StreamArrivals(Http2Stream stream, int messageBytes) {
    this.stream = stream;
    this.messageBytes = messageBytes;
  }

  /// Counts what has arrived; does not read the data itself. Padding, which gRPC never sees, counts
  /// as if it had come before the message.
  void arrive(ByteBuf data, int padding) {
    arrived += padding;
    begin += padding;
    for (int at = data.readerIndex(), end = data.writerIndex(); at < end; ) {
      at += prefixBytes < PREFIX_BYTES ? prefix(data.getUnsignedByte(at)) : body(end - at);
    }
  }

  private int prefix(int next) {
    length = prefixBytes == 0 ? 0 : length << Byte.SIZE | next;
    prefixBytes++;
    arrived++;
    missing = length;
    completeIfNothingIsMissing();
    return 1;
  }

  private int body(int available) {
    int part = (int) Math.min(missing, available);
    missing -= part;
    arrived += part;
    completeIfNothingIsMissing();
    return part;
  }

  private void completeIfNothingIsMissing() {
    if (prefixBytes == PREFIX_BYTES && missing == 0) {
      prefixBytes = 0;
      begin = arrived;
      doneWithRoom = asked;
    }
  }

  /// What is here of a message that is not complete and that gRPC takes in. What nobody has asked for
  /// is bounded by the stream's window.
  long incomplete() {
    return over || !isRead() ? 0 : arrived - begin;
  }

  private boolean isRead() {
    return read > begin;
  }

  /// Whether it rather than the other should be refused.
  boolean isWorse(StreamArrivals other) {
    return hasRoom() == other.hasRoom()
        ? incomplete() > other.incomplete()
        : other.hasRoom();
  }

  /// gRPC has taken so many bytes more.
  void read(int bytes) {
    read += bytes;
  }

  /// Whether its reader waits for the rest of a long message, and room was not asked for.
  boolean wantsRoom() {
    return isLong() && isRead() && !asked && !over;
  }

  private boolean isLong() {
    return prefixBytes == PREFIX_BYTES && length > SHORT_BYTES_MAX && length <= messageBytes;
  }

  void askedForRoom() {
    asked = true;
  }

  /// The room it asks for: that of the message in hand.
  long roomWanted() {
    return length;
  }

  void roomGranted() {
    room = length;
  }

  boolean hasRoom() {
    return room > 0;
  }

  /// Whether it has asked for room that it does not need any more.
  boolean isDoneWithRoom() {
    return asked && (doneWithRoom || over);
  }

  /// Gives back the room it has, 0 if it was still waiting for it.
  long leaveRoom() {
    long left = room;
    room = 0;
    asked = false;
    doneWithRoom = false;
    return left;
  }

  /// How much of the window may be given back now, after what was before.
  int giveBack() {
    long upTo = isLong() && !hasRoom() && !over ? Math.min(read, begin) : read;
    int now = (int) Math.max(0, upTo - givenBack);
    givenBack += now;
    return now;
  }

  /// What gRPC has taken and whose window was not given back.
  int withheld() {
    return (int) (read - givenBack);
  }

  /// Nobody reads it any more.
  void end() {
    over = true;
  }
}

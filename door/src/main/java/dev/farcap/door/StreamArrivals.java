package dev.farcap.door;

import dev.farcap.link.LongMessageSource;
import dev.farcap.link.LongMessageTaker;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/// The messages of one stream as they arrive: where they begin, how long they are, and how much of
/// the window may be given back.
///
/// All counts are of bytes since the stream began. A message is five bytes, a flag and its length,
/// and then itself (gRPC over HTTP/2, Length-Prefixed-Message).
///
///     EXPECTED ──asks──▶ ASKED ──granted──▶ ROOMY ──complete──▶ EXPECTED
///        ▲                 │                  │
///        └────complete─────┴──────stalled─────┘
///
/// Only what is not complete asks or has room: what a message had goes with it to the taker, and
/// the last part of one that waits may be within the window and come without.
final class StreamArrivals implements LongMessageSource {
  private static final int PREFIX_BYTES = 5;

  /// Above this a message is long. Netty gives window back by halves, so what is short must fit
  /// into the other half.
  private static final int SHORT_BYTES_MAX = Arrivals.STREAM_BYTES / 2 - PREFIX_BYTES;

  /// So much of a message asks for room for the rest, as it is counted until then: who begins many
  /// messages and stops keeps others waiting for less than that costs him. A window always has as
  /// much left.
  private static final int EARNEST_BYTES = 64 << 10;

  /// Less than this between two looks is no progress, nor is less than one part in so many.
  private static final int PROGRESS_BYTES = 16 << 10;

  private static final int PROGRESS_PARTS = 16;

  /// What has become of the room for a long message.
  private enum Room {
    EXPECTED,
    ASKED,
    ROOMY
  }

  final ConnectionArrivals connection;
  final Http2Stream stream;
  private @Nullable LongMessageTaker taker;
  private long arrived;
  private long read;
  private long givenBack;

  /// Where the message begins that is not complete; as much as has arrived if there is none.
  private long begin;

  private int length;
  private int missing;
  private byte prefixBytes;
  private Room room = Room.EXPECTED;
  private long arrivedAtLook;

  /// How much gRPC had taken when the message lost its room.
  private long readAtLoss;

  private boolean over;

  /// What of it [Arrivals] knows.
  private int counted;

  private Room told = Room.EXPECTED;

  StreamArrivals(ConnectionArrivals connection, Http2Stream stream) {
    this.connection = connection;
    this.stream = stream;
  }

  @Override
  public void leadsTo(LongMessageTaker newTaker) {
    taker = newTaker;
  }

  // ---- what comes -----------------------------------------------------------------------------

  /// Counts what has arrived; does not read the data itself. Padding, which gRPC never sees, counts
  /// as if it had come before the message.
  void arrive(ByteBuf data, int padding) {
    if (over) {
      return;
    }
    arrived += padding;
    begin += padding;
    for (int at = data.readerIndex(), end = data.writerIndex(); at < end && !over; ) {
      at += prefixBytes < PREFIX_BYTES ? prefix(data.getUnsignedByte(at)) : body(end - at);
    }
  }

  private int prefix(int next) {
    length = prefixBytes == 0 ? 0 : length << Byte.SIZE | next;
    prefixBytes++;
    arrived++;
    missing = length;
    if (prefixBytes == PREFIX_BYTES && (length < 0 || length > connection.messageBytes())) {
      // gRPC refuses it when its reader asks.
      end();
    } else {
      completeIfNothingIsMissing();
    }
    return 1;
  }

  private int body(int available) {
    int part = Math.min(missing, available);
    missing -= part;
    arrived += part;
    completeIfNothingIsMissing();
    return part;
  }

  private void completeIfNothingIsMissing() {
    if (prefixBytes == PREFIX_BYTES && missing == 0) {
      prefixBytes = 0;
      begin = arrived;
      if (room == Room.ASKED) {
        leaveRoom();
      }
      room = Room.EXPECTED;
    }
  }

  /// gRPC has taken so many bytes more.
  void read(int bytes) {
    read += bytes;
  }

  /// What is here of a message that is not complete and that gRPC takes in. What nobody has asked
  /// for is bounded by the stream's window, what has room by its room.
  int incomplete() {
    return over || hasRoom() || read <= begin ? 0 : (int) (arrived - begin);
  }

  /// How much more that is than when this was taken last.
  int takeIncompleteChange() {
    int before = counted;
    counted = incomplete();
    return counted - before;
  }

  // ---- room -----------------------------------------------------------------------------------

  /// Whether it is the turn of a long message that has not asked for room: gRPC takes it in, so its
  /// reader is known and waits, and enough of it comes.
  boolean wantsRoom() {
    return isHeldBack()
        && room == Room.EXPECTED
        && read > Math.max(begin, readAtLoss) + EARNEST_BYTES;
  }

  /// Whether window is given back for what came before the message only.
  private boolean isHeldBack() {
    return taker != null && isLong() && !hasRoom() && !over;
  }

  private boolean isLong() {
    return prefixBytes == PREFIX_BYTES && length > SHORT_BYTES_MAX;
  }

  /// @param granted runs once there is room, if there is none now
  void askForRoom(Runnable granted) {
    room = Room.ASKED;
    if (taker != null && taker.announce(length, granted)) {
      roomGranted();
    }
  }

  void roomGranted() {
    if (room != Room.ASKED) {
      throw new IllegalStateException("room for a message that did not ask for it: " + room);
    }
    room = Room.ROOMY;
    arrivedAtLook = -1;
  }

  boolean hasRoom() {
    return room == Room.ROOMY;
  }

  boolean asksForRoom() {
    return room == Room.ASKED;
  }

  /// Whether one of these has changed since this was taken last.
  boolean takeRoomChange() {
    boolean other = room != told;
    told = room;
    return other;
  }

  /// Whether almost nothing has come since this was taken last.
  boolean takeStall() {
    int least = Math.max(PROGRESS_BYTES, length / PROGRESS_PARTS);
    boolean stalled = arrivedAtLook >= 0 && arrived - arrivedAtLook < least;
    arrivedAtLook = arrived;
    return stalled;
  }

  /// Leaves room, or the queue for it, to others; asks anew when more comes.
  void leaveRoom() {
    if (room != Room.EXPECTED && taker != null) {
      room = Room.EXPECTED;
      readAtLoss = read;
      taker.withdraw();
    }
  }

  /// Nobody reads it any more.
  void end() {
    leaveRoom();
    over = true;
  }

  // ---- the window -----------------------------------------------------------------------------

  /// How much of the window may be given back now, after what was before.
  int giveBack() {
    long upTo = isHeldBack() ? Math.min(read, begin) : read;
    int now = (int) Math.max(0, upTo - givenBack);
    givenBack += now;
    return now;
  }

  /// What gRPC has taken and whose window was not given back.
  int withheld() {
    return (int) (read - givenBack);
  }
}

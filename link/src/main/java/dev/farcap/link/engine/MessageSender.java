package dev.farcap.link.engine;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The sending half of a call: messages in, chunks out as the windows allow.
///
/// Credit is taken for a whole short message before its first chunk; a long one takes credit for
/// its first chunk and waits for the receiver to set room aside for the rest. So a message that has
/// begun can always be finished: no two half-sent messages ever wait for each other's window.
final class MessageSender {
  /// With this much waiting, [#isReady()] is false; as grpc-java's own.
  static final int READY_BYTES = 32 << 10;

  /// Above this much waiting nothing is added: a program that ignores [#isReady()].
  private static final int CALL_BYTES_MAX = 8 << 20;

  /// What this side puts into one chunk: with the frame's header it fills one TLS record, which
  /// costs a copy and a record less than a full 16 KiB.
  private static final int SENT_CHUNK_BYTES = Limits.CHUNK_BYTES - 64;

  /// What keeps the next chunk from being sent.
  enum Next {
    /// There is no message.
    NOTHING,
    /// The call's window, or room for a long message.
    CALL_CREDIT,
    /// The session's window.
    SESSION_CREDIT,
    /// Nothing: take it.
    CHUNK
  }

  /// The call that it is of.
  interface Owner {
    /// It may be ready after it was not.
    void readyAgain();
  }

  private final LinkEngine engine;
  private final Owner owner;
  private final SendWindow call = new SendWindow(0);
  private final SendWindow session;
  private final WaitingBytes sessionWaiting;
  // Most calls send one message: a queue is made for the second one.
  private @Nullable ByteBuf first;
  private @Nullable ArrayDeque<ByteBuf> further;

  /// Length of the first message if part of it was sent, else 0.
  private int begunBytes;

  private long longBegun;
  private long longGranted;
  private int waitingBytes;

  /// Set aside for a long message that was announced.
  private int roomBytes;

  private boolean roomAsked;
  private boolean unready;
  private boolean awaitsSpace;
  private boolean ended;

  MessageSender(LinkEngine engine, Owner owner, SendWindow session, WaitingBytes sessionWaiting) {
    this.engine = engine;
    this.owner = owner;
    this.session = session;
    this.sessionWaiting = sessionWaiting;
  }

  /// Queues a message and takes it over.
  void add(ByteBuf message) {
    if (first == null) {
      first = message;
    } else {
      if (further == null) {
        further = new ArrayDeque<>();
      }
      further.add(message);
    }
    int bytes = message.readableBytes();
    leaveRoom();
    waitingBytes += bytes;
    sessionWaiting.add(bytes, ByLength.isLong(bytes));
    var _ = isReady();
  }

  /// A long message is on its way.
  ///
  /// @param room runs once there is room for it, if there is none now
  /// @return whether there is room now
  boolean announce(int bytes, Runnable room) {
    withdraw();
    roomAsked = !sessionWaiting.takes(this, bytes, room);
    if (!roomAsked) {
      roomGranted(bytes);
    }
    return !roomAsked;
  }

  void roomGranted(int bytes) {
    roomAsked = false;
    roomBytes = bytes;
    sessionWaiting.add(bytes, true);
  }

  /// What was announced and has not come does not come for now.
  void withdraw() {
    if (roomAsked) {
      roomAsked = false;
      sessionWaiting.askNoMore(this);
    }
    leaveRoom();
  }

  private void leaveRoom() {
    if (roomBytes > 0) {
      sessionWaiting.add(-roomBytes, true);
      roomBytes = 0;
    }
  }

  /// No further message comes; what has come goes on.
  void end() {
    ended = true;
    withdraw();
    if (awaitsSpace) {
      awaitsSpace = false;
      sessionWaiting.awaitSpaceNoMore(this);
    }
  }

  boolean isReady() {
    boolean ready =
        waitingBytes == 0
            ? ended || hasSpace()
            : waitingBytes < READY_BYTES && !sessionWaiting.isCrowded();
    unready |= !ready;
    return ready;
  }

  private boolean hasSpace() {
    boolean has = sessionWaiting.hasSpace(this);
    awaitsSpace |= !has;
    return has;
  }

  void spaceAgain() {
    awaitsSpace = false;
    if (isReadyAgain()) {
      owner.readyAgain();
    }
  }

  /// Whether it is ready now and was not since this last held.
  boolean isReadyAgain() {
    boolean again = unready && isReady();
    unready &= !again;
    return again;
  }

  /// Says why there is no room for a further message, if so.
  @Nullable String refusal(int bytes) {
    if (waitingBytes > CALL_BYTES_MAX) {
      return waitingBytes + " bytes wait to be sent; the sender does not heed readiness";
    }
    return bytes <= roomBytes || sessionWaiting.fits(bytes - roomBytes, ByLength.isLong(bytes))
        ? null
        : "message of " + bytes + " bytes; with it too much would wait at the calls of the session";
  }

  /// Length of the longest message of which nothing was sent yet.
  int longestBytes() {
    int longest = first == null || hasBegun() ? 0 : first.readableBytes();
    if (further != null) {
      for (ByteBuf message : further) {
        longest = Math.max(longest, message.readableBytes());
      }
    }
    return longest;
  }

  boolean isEmpty() {
    return first == null;
  }

  /// Whether the next chunk is a whole message and the only one left.
  boolean lastFitsOneChunk() {
    return first != null
        && !hasBegun()
        && first.readableBytes() <= SENT_CHUNK_BYTES
        && (further == null || further.isEmpty());
  }

  void grant(long bytes, long longMessages) {
    call.grant(bytes);
    longGranted = Math.max(longGranted, longMessages);
  }

  /// What [#take()] would meet.
  Next next() {
    if (first == null) {
      return Next.NOTHING;
    }
    long window = engine.peerLimits().callWindowBytes();
    if (hasBegun()) {
      return isLong(begunBytes, window) && longBegun > longGranted ? Next.CALL_CREDIT : Next.CHUNK;
    }
    call.grant(window);
    long cost = cost(first.readableBytes(), window);
    if (!call.fits(cost)) {
      return Next.CALL_CREDIT;
    }
    return session.fits(cost) ? Next.CHUNK : Next.SESSION_CREDIT;
  }

  /// The length the next chunk must tell: that of its message if it is the first one.
  int nextLength() {
    return hasBegun() ? Frame.NO_LENGTH : requireNonNull(first).readableBytes();
  }

  /// Takes the next chunk; only where [#next()] is CHUNK.
  ByteBuf take() {
    ByteBuf message = requireNonNull(first);
    if (!hasBegun()) {
      begin(message.readableBytes());
    }
    int bytes = Math.min(message.readableBytes(), SENT_CHUNK_BYTES);
    gone(bytes, begunBytes);
    if (bytes == message.readableBytes()) {
      first = further == null ? null : further.poll();
      begunBytes = 0;
      return message;
    }
    return message.readRetainedSlice(bytes);
  }

  private void begin(int length) {
    long window = engine.peerLimits().callWindowBytes();
    long cost = cost(length, window);
    call.take(cost);
    session.take(cost);
    begunBytes = length;
    if (isLong(length, window)) {
      longBegun++;
    }
  }

  private boolean hasBegun() {
    return begunBytes > 0;
  }

  /// Drops everything not yet sent; nothing further comes.
  void clear() {
    end();
    if (first != null) {
      drop(first, hasBegun() ? begunBytes : first.readableBytes());
      first = null;
      begunBytes = 0;
    }
    if (further != null) {
      further.forEach(message -> drop(message, message.readableBytes()));
      further = null;
    }
  }

  private void drop(ByteBuf message, int length) {
    gone(message.readableBytes(), length);
    message.release();
  }

  /// @param length of the message that the bytes are of
  private void gone(int bytes, int length) {
    waitingBytes -= bytes;
    sessionWaiting.add(-bytes, ByLength.isLong(length));
  }

  /// A receiver may keep back up to half a window before it grants; so what is short must fit into
  /// the other half, or its sender could wait for ever.
  static boolean isLong(int length, long callWindowBytes) {
    return length + Limits.MESSAGE_COST > callWindowBytes / 2;
  }

  /// What a message takes from both windows.
  static long cost(int length, long callWindowBytes) {
    return Limits.MESSAGE_COST
        + (isLong(length, callWindowBytes) ? Math.min(length, Limits.CHUNK_BYTES) : (long) length);
  }
}

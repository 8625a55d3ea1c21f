package dev.farcap.link.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The receiving half of a call: chunks in, messages out as its reader asks for them.
///
/// What is held is bounded by the windows: see [MessageSender] for the other end of the argument.
/// Once discarded it keeps the account of the session's window until the sender has stopped.
final class MessageReceiver {
  /// Told when this side has more to grant.
  interface Grants {
    /// The call's credit or count of long messages grew.
    void callCredit();

    /// The session's window may be worth a Credit.
    void sessionConsumed();

    /// A message for the reader, who takes it over.
    void received(ByteBuf message);
  }

  private final ByteBufAllocator allocator;
  private final Limits limits;
  private final ReceiveWindow call;
  private final ReceiveWindow session;
  private final LongMessageRoom room;
  private final LinkCounters counters;
  private final Grants grants;
  private @Nullable ArrayDeque<ByteBuf> complete;
  private @Nullable ByteBuf assembling;
  private int length;
  private int missing;
  private long longSeen;
  private long longGranted;
  private long roomHeld;
  private boolean roomAsked;
  private int requested;
  private boolean delivering;
  private boolean discarded;

  MessageReceiver(
      ByteBufAllocator allocator,
      Limits limits,
      ReceiveWindow session,
      LongMessageRoom room,
      LinkCounters counters,
      Grants grants) {
    this.allocator = allocator;
    this.limits = limits;
    this.call = new ReceiveWindow(limits.callWindowBytes());
    this.session = session;
    this.room = room;
    this.counters = counters;
    this.grants = grants;
  }

  /// Takes a chunk over.
  ///
  /// @param announced the message's length, or [Frame#NO_LENGTH] for a further chunk
  /// @throws WireException if it breaks a window, a limit or the order of chunks
  void chunk(int announced, ByteBuf payload) {
    try {
      if (announced == Frame.NO_LENGTH) {
        checkFurther(payload);
      } else {
        begin(announced, payload);
      }
    } catch (WireException e) {
      payload.release();
      throw e;
    }
    missing -= payload.readableBytes();
    keep(payload);
    if (missing == 0) {
      completed();
    } else {
      askForRoom();
    }
  }

  private void checkFurther(ByteBuf payload) {
    if (!payload.isReadable() || payload.readableBytes() > missing) {
      throw new WireException(
          "chunk of " + payload.readableBytes() + " bytes where " + missing + " are missing");
    }
    if (isLong() && longSeen > longGranted && !discarded) {
      throw new WireException("long message goes on before there is room for it");
    }
  }

  private void begin(int announced, ByteBuf payload) {
    if (missing > 0) {
      throw new WireException("message begins before the last one is complete");
    }
    if (announced > limits.messageBytes()) {
      throw new WireException("message of " + announced + " bytes, limit " + limits.messageBytes());
    }
    if (payload.readableBytes() > announced || (announced > 0 && !payload.isReadable())) {
      throw new WireException(
          "first chunk of " + payload.readableBytes() + " bytes of a message of " + announced);
    }
    long cost = MessageSender.cost(announced, limits.callWindowBytes());
    session.receive(cost);
    call.receive(cost);
    counters.buffered(cost);
    length = announced;
    missing = announced;
    if (isLong()) {
      longSeen++;
    }
  }

  private boolean isLong() {
    return MessageSender.isLong(length, limits.callWindowBytes());
  }

  private long cost() {
    return MessageSender.cost(length, limits.callWindowBytes());
  }

  private void keep(ByteBuf payload) {
    if (discarded) {
      payload.release();
    } else if (assembling == null) {
      assembling = missing == 0 ? payload : compose(payload);
    } else if (assembling instanceof CompositeByteBuf parts) {
      parts.addComponent(true, payload);
    }
  }

  private CompositeByteBuf compose(ByteBuf first) {
    return allocator
        .compositeDirectBuffer(length / Limits.CHUNK_BYTES + 16)
        .addComponent(true, first);
  }

  private void completed() {
    if (discarded) {
      giveBack(cost());
      return;
    }
    ByteBuf message = assembling;
    assembling = null;
    if (message != null) {
      if (requested > 0 && !delivering && waiting() == 0) {
        deliver(message);
      } else {
        if (complete == null) {
          complete = new ArrayDeque<>();
        }
        complete.add(message);
      }
    }
    deliverWaiting();
  }

  /// Messages complete and not asked for.
  private int waiting() {
    return complete == null ? 0 : complete.size();
  }

  /// The reader wants that many more messages.
  void request(int messages) {
    requested = requested + messages < 0 ? Integer.MAX_VALUE : requested + messages;
    deliverWaiting();
    askForRoom();
  }

  private void deliverWaiting() {
    while (requested > 0 && !delivering && complete != null && !complete.isEmpty()) {
      deliver(complete.remove());
    }
  }

  private void deliver(ByteBuf message) {
    requested--;
    int bytes = message.readableBytes();
    giveBack(MessageSender.cost(bytes, limits.callWindowBytes()));
    delivering = true;
    try {
      grants.received(message);
    } finally {
      delivering = false;
      // Afterwards, as the reader may keep it: then its room is not free.
      if (MessageSender.isLong(bytes, limits.callWindowBytes())) {
        leaveRoom();
      }
    }
  }

  private void giveBack(long cost) {
    counters.buffered(-cost);
    session.consume(cost);
    grants.sessionConsumed();
    if (!discarded) {
      call.consume(cost);
      if (call.worthGranting()) {
        call.grant();
        grants.callCredit();
      }
    }
  }

  // ---- long messages --------------------------------------------------------------------------

  private void askForRoom() {
    if (missing > 0
        && longSeen > longGranted
        && requested > waiting()
        && !roomAsked
        && !discarded) {
      roomAsked = true;
      room.want(this);
    }
  }

  long roomWanted() {
    return missing;
  }

  void roomGranted() {
    roomHeld = missing;
    counters.buffered(roomHeld);
    longGranted = longSeen;
    grants.callCredit();
  }

  private void leaveRoom() {
    if (roomAsked) {
      long held = roomHeld;
      roomAsked = false;
      roomHeld = 0;
      counters.buffered(-held);
      room.leave(this, held);
    }
  }

  // ---- credit and end -------------------------------------------------------------------------

  /// What the sender of this call may know: the bytes of its Credit.
  long grantedBytes() {
    return call.granted();
  }

  long grantedLongMessages() {
    return longGranted;
  }

  /// Whether the sender needs a Credit after a resume.
  boolean hasGranted() {
    return call.granted() != limits.callWindowBytes() || longGranted > 0;
  }

  /// Whether every message that began has reached the reader.
  boolean isDrained() {
    return waiting() == 0 && missing == 0;
  }

  /// Whether a message has begun and is not complete.
  boolean isWithinMessage() {
    return missing > 0;
  }

  /// Nobody reads any more: what is held is given back now, what still comes when it comes.
  void discard() {
    if (discarded) {
      return;
    }
    discarded = true;
    leaveRoom();
    if (complete != null) {
      for (ByteBuf message : complete) {
        giveBack(MessageSender.cost(message.readableBytes(), limits.callWindowBytes()));
        message.release();
      }
      complete = null;
    }
    if (assembling != null) {
      assembling.release();
      assembling = null;
    }
  }

  /// The sender has sent its last frame: gives back what a message cut short has taken.
  void end() {
    discard();
    if (missing > 0) {
      missing = 0;
      giveBack(cost());
    }
  }
}

package dev.farcap.transport.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/// Room for so many messages in one call of `recvmmsg` or `sendmmsg`: an array of `struct mmsghdr`,
/// then for each its pieces as `struct iovec`. Bound to one thread.
///
/// Of a message (64 bytes) its pieces' address stands at 16, their number at 24, flags at 48, the
/// length that was received at 56; of a piece (16 bytes) its address at 0, its length at 8.
final class MessageVector {
  private static final int MESSAGE_BYTES = 64;
  private static final int PIECES_AT = 16;
  private static final int PIECE_COUNT_AT = 24;
  private static final int FLAGS_AT = 48;
  private static final int LENGTH_AT = 56;
  private static final int PIECE_BYTES = 16;

  private final int slots;
  private final int pieces;
  private final ByteBuf memory;

  /// @param slots messages at once
  /// @param pieces of which each consists
  MessageVector(ByteBufAllocator allocator, int slots, int pieces) {
    this.slots = slots;
    this.pieces = pieces;
    int bytes = slots * (MESSAGE_BYTES + pieces * PIECE_BYTES);
    memory = allocator.directBuffer(bytes, bytes).writeZero(bytes);
    for (int slot = 0; slot < slots; slot++) {
      memory.setLongLE(slot * MESSAGE_BYTES + PIECES_AT, memory.memoryAddress() + piece(slot, 0));
      memory.setLongLE(slot * MESSAGE_BYTES + PIECE_COUNT_AT, pieces);
    }
  }

  private int piece(int slot, int number) {
    return slots * MESSAGE_BYTES + (slot * pieces + number) * PIECE_BYTES;
  }

  int slots() {
    return slots;
  }

  /// Where it is.
  long address() {
    return memory.memoryAddress();
  }

  /// Says where a piece of a message is; the memory stays whose it is.
  void set(int slot, int number, long address, int bytes) {
    int at = piece(slot, number);
    memory.setLongLE(at, address);
    memory.setLongLE(at + Long.BYTES, bytes);
  }

  /// How much of a message was received.
  int length(int slot) {
    return memory.getIntLE(slot * MESSAGE_BYTES + LENGTH_AT);
  }

  /// Whether a received message was longer than the room for it.
  boolean isCut(int slot) {
    return (memory.getIntLE(slot * MESSAGE_BYTES + FLAGS_AT) & Libc.MSG_TRUNC) != 0;
  }

  void release() {
    memory.release();
  }
}

package dev.farcap.transport.shm;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;

/// What the two sides say through TLS before there is shared memory. 32 bytes each, numbers with
/// the most significant byte first, unused bytes zero:
///
/// | at | bytes | meaning |
/// |---|---|---|
/// | 0 | 1 | 1 Hello, 2 Offer, 3 Ready, 4 Taken |
/// | 1 | 1 | 1: the version of everything in this package |
/// | 4 | 4 | Hello, Offer: the user the sender runs as |
/// | 8 | 4 | Offer: bytes of a ring |
/// | 16 | 16 | Offer: what the memory begins with |
sealed interface Message {
  int BYTES = 32;
  int VERSION = 1;

  /// The dialler begins.
  ///
  /// @param uid of the dialler
  record Hello(int uid) implements Message {}

  /// The acceptor has made memory.
  ///
  /// @param uid of the acceptor
  /// @param ringBytes as [ShmConfig#ringBytes]
  /// @param nonce what the memory begins with
  record Offer(int uid, int ringBytes, Nonce nonce) implements Message {}

  /// The dialler takes descriptors from now on.
  record Ready() implements Message {}

  /// The dialler has mapped the memory.
  record Taken() implements Message {}

  /// A peer said what is no message.
  final class MalformedException extends Exception {
    private static final long serialVersionUID = 1;

    MalformedException(String what) {
      super("malformed rendezvous: " + what);
    }
  }

  /// Writes [#BYTES].
  ///
  /// @return the caller's to release
  default ByteBuf encode(ByteBufAllocator alloc) {
    ByteBuf bytes = alloc.buffer(BYTES, BYTES).writeZero(BYTES).setByte(1, VERSION);
    return switch (this) {
      case Hello hello -> bytes.setByte(0, 1).setInt(4, hello.uid());
      case Offer offer ->
          bytes
              .setByte(0, 2)
              .setInt(4, offer.uid())
              .setInt(8, offer.ringBytes())
              .setLong(16, offer.nonce().high())
              .setLong(24, offer.nonce().low());
      case Ready _ -> bytes.setByte(0, 3);
      case Taken _ -> bytes.setByte(0, 4);
    };
  }

  /// Reads [#BYTES].
  ///
  /// @throws MalformedException naming what cannot be
  static Message decode(ByteBuf bytes) throws MalformedException {
    byte kind = bytes.getByte(bytes.readerIndex());
    byte version = bytes.getByte(bytes.readerIndex() + 1);
    int uid = bytes.getInt(bytes.readerIndex() + 4);
    int ringBytes = bytes.getInt(bytes.readerIndex() + 8);
    Nonce nonce =
        new Nonce(bytes.getLong(bytes.readerIndex() + 16), bytes.getLong(bytes.readerIndex() + 24));
    if (version != VERSION) {
      throw new MalformedException("version is " + (version & 0xFF) + ", not " + VERSION);
    }
    Message message =
        switch (kind) {
          case 1 -> new Hello(uid);
          case 2 -> offer(uid, ringBytes, nonce);
          case 3 -> new Ready();
          case 4 -> new Taken();
          default -> throw new MalformedException("kind is " + (kind & 0xFF) + ", limits 1..4");
        };
    checkUnused(message, bytes.readSlice(BYTES));
    return message;
  }

  private static void checkUnused(Message message, ByteBuf said) throws MalformedException {
    ByteBuf expected = message.encode(UnpooledByteBufAllocator.DEFAULT);
    try {
      if (!expected.equals(said)) {
        throw new MalformedException("unused bytes are not zero");
      }
    } finally {
      expected.release();
    }
  }

  private static Offer offer(int uid, int ringBytes, Nonce nonce) throws MalformedException {
    if (!ShmConfig.isRingBytes(ringBytes)) {
      throw new MalformedException("a ring of " + Integer.toUnsignedLong(ringBytes) + " bytes");
    }
    return new Offer(uid, ringBytes, nonce);
  }
}

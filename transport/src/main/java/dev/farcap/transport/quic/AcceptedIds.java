package dev.farcap.transport.quic;

import io.netty.handler.codec.quic.QuicConnectionIdGenerator;
import java.nio.ByteBuffer;

/// The connection ids that an acceptor's connections go by. May be used by any thread.
///
/// *Theory.* The first id of a connection follows from the one that its peer chose, so that whoever
/// repeats its first packet meets the connection which that has made. The further ones, for when an
/// address changes, are random. If they followed from the first they were all the same one: the
/// codec makes ids until the peer has as many as it takes, and so would make that one again, sign
/// it and its reset token and look both up, at every packet: 8 % of the processor time of both ends
/// of a bulk transfer.
final class AcceptedIds implements QuicConnectionIdGenerator {
  private final QuicConnectionIdGenerator first = QuicConnectionIdGenerator.signGenerator();
  private final QuicConnectionIdGenerator further = QuicConnectionIdGenerator.randomGenerator();

  /// The first one.
  ///
  /// @param destination the id that the peer chose
  @Override
  public ByteBuffer newId(ByteBuffer source, ByteBuffer destination, int length) {
    return first.newId(source, destination, length);
  }

  /// A further one.
  ///
  /// @param present an id of the same connection
  @Override
  public ByteBuffer newId(ByteBuffer present, int length) {
    return further.newId(present, length);
  }

  @Override
  public ByteBuffer newId(int length) {
    return further.newId(length);
  }

  @Override
  public int maxConnectionIdLength() {
    return Math.min(first.maxConnectionIdLength(), further.maxConnectionIdLength());
  }

  /// Of the first ones, which is what this is asked for.
  @Override
  public boolean isIdempotent() {
    return first.isIdempotent();
  }
}

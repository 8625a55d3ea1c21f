package dev.farcap.transport.quic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.quic.QuicConnectionIdGenerator;
import io.netty.handler.codec.quic.QuicTokenHandler;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Has a peer prove that it receives at its address (RFC 9000 section 8.1.2), when there is reason
/// to.
///
/// *Theory.* A handshake costs its acceptor memory and a signature, and whoever forges the sender's
/// address pays nothing for it. By a Retry the acceptor keeps nothing: all it wants to know later
/// travels in a token that only the true receiver can bring back. That costs a round trip, so it is
/// asked for only while many handshakes are under way. A Retry is shorter than the packet it
/// answers (see [ShortInitials]); what else is sent to an address before it is proven is at most
/// three times what came from it, quiche sees to that.
///
/// A token is good for one connection: a Retry names the connection id that the peer has to use
/// from then on, which is derived from the one it chose first. Whoever repeats a token meets the
/// connection that it opened.
///
/// | bytes | a token |
/// |---|---|
/// | 8 | nanoseconds of this acceptor's ticker at which it was made |
/// | 32 | HMAC-SHA256 of the time, the peer's address and port, and the rest |
/// | 0..20 | the connection id that the peer chose first |
///
/// Lives on the acceptor's loop.
final class RetryTokens implements QuicTokenHandler {
  private static final String HMAC = "HmacSHA256";
  private static final int MAC_BYTES = 32;
  private static final int HEAD_BYTES = Long.BYTES + MAC_BYTES;
  private static final int CONNECTION_ID_BYTES_MAX = 20;

  /// Longer than a slow round trip.
  private static final long LIFE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Mac mac;
  private final QuicConnectionIdGenerator ids;
  private final BooleanSupplier wanted;
  private final Predicate<InetSocketAddress> admitted;
  private final LongSupplier ticker;

  /// @param secret 32 random bytes, of this acceptor alone
  /// @param ids the acceptor's, which give the same id for the same input
  /// @param wanted whether peers without a token must bring one now
  /// @param admitted whether there is room for a peer that has brought one
  /// @param ticker nanoseconds
  RetryTokens(
      byte[] secret,
      QuicConnectionIdGenerator ids,
      BooleanSupplier wanted,
      Predicate<InetSocketAddress> admitted,
      LongSupplier ticker) {
    try {
      mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(secret, HMAC));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("this Java has no " + HMAC, impossible);
    }
    this.ids = ids;
    this.wanted = wanted;
    this.admitted = admitted;
    this.ticker = ticker;
  }

  @Override
  public boolean writeToken(ByteBuf out, ByteBuf connectionId, InetSocketAddress peer) {
    if (!wanted.getAsBoolean()) {
      return false;
    }
    byte[] id = ByteBufUtil.getBytes(connectionId);
    long now = ticker.getAsLong();
    out.writeLong(now).writeBytes(mac(now, peer, id)).writeBytes(id);
    return true;
  }

  /// Drops the packet of a peer whose token is no good, or for whom there is no room: that costs
  /// nothing more.
  ///
  /// @param connectionId that the packet is sent to
  @Override
  public TokenValidationResult validateToken(
      ByteBuf token, InetSocketAddress peer, ByteBuf connectionId) {
    int at = validateToken(token, peer);
    return at >= 0 && follows(connectionId, token, at) && admitted.test(peer)
        ? TokenValidationResult.odcidFromToken(at)
        : TokenValidationResult.invalidToken();
  }

  /// Whether it is the id that the Retry named.
  private boolean follows(ByteBuf connectionId, ByteBuf token, int at) {
    int first = token.readerIndex() + at;
    ByteBuffer chosen = token.nioBuffer(first, token.writerIndex() - first);
    return chosen.hasRemaining()
        && ids.newId(chosen, CONNECTION_ID_BYTES_MAX).equals(connectionId.nioBuffer());
  }

  /// @return where the first connection id begins in the token, or -1 if the token is not good
  @Override
  public int validateToken(ByteBuf token, InetSocketAddress peer) {
    if (token.readableBytes() < HEAD_BYTES || token.readableBytes() > maxTokenLength()) {
      return -1;
    }
    byte[] bytes = ByteBufUtil.getBytes(token);
    long made = ByteBuffer.wrap(bytes).getLong();
    byte[] claimed = Arrays.copyOfRange(bytes, Long.BYTES, HEAD_BYTES);
    byte[] id = Arrays.copyOfRange(bytes, HEAD_BYTES, bytes.length);
    long age = ticker.getAsLong() - made;
    boolean good =
        MessageDigest.isEqual(claimed, mac(made, peer, id)) && age >= 0 && age <= LIFE_NANOS;
    return good ? HEAD_BYTES : -1;
  }

  private byte[] mac(long time, InetSocketAddress peer, byte[] id) {
    mac.update(ByteBuffer.allocate(Long.BYTES).putLong(0, time));
    byte[] address = peer.getAddress().getAddress();
    mac.update((byte) address.length);
    mac.update(address);
    mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, peer.getPort()));
    return mac.doFinal(id);
  }

  @Override
  public int maxTokenLength() {
    return HEAD_BYTES + CONNECTION_ID_BYTES_MAX;
  }
}

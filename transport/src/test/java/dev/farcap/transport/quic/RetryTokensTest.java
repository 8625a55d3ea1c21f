package dev.farcap.transport.quic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.quic.QuicConnectionIdGenerator;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// What proves an address.
class RetryTokensTest {
  private static final InetSocketAddress PEER = new InetSocketAddress("10.0.0.1", 4000);

  private final QuicConnectionIdGenerator ids = QuicConnectionIdGenerator.signGenerator();
  private final AtomicBoolean wanted = new AtomicBoolean(true);
  private final AtomicLong now = new AtomicLong(-5);
  private final AtomicBoolean room = new AtomicBoolean(true);
  private final RetryTokens tokens = tokens(new byte[32]);
  private final ByteBuf id = Unpooled.copyLong(0x1122334455667788L);

  private RetryTokens tokens(byte[] secret) {
    return new RetryTokens(secret, ids, wanted::get, _ -> room.get(), now::get);
  }

  /// What the Retry told the peer to use.
  private ByteBuf next() {
    return Unpooled.wrappedBuffer(ids.newId(id.nioBuffer(), 20));
  }

  private ByteBuf token() {
    ByteBuf token = Unpooled.buffer();
    assertTrue(tokens.writeToken(token, id, PEER));
    return token;
  }

  @Test
  void aTokenIsGoodForItsPeerAndTellsTheFirstConnectionId() {
    ByteBuf token = token();

    int at = tokens.validateToken(token, PEER);

    assertEquals(id, token.slice(at, token.readableBytes() - at));
    assertTrue(token.readableBytes() <= tokens.maxTokenLength());
  }

  @Test
  void noneIsAskedForWhileThereIsNoReason() {
    wanted.set(false);

    assertFalse(tokens.writeToken(Unpooled.buffer(), id, PEER));
  }

  @Test
  void aTokenIsNoGoodAtAnotherAddressOrPort() {
    assertEquals(-1, tokens.validateToken(token(), new InetSocketAddress("10.0.0.2", 4000)));
    assertEquals(-1, tokens.validateToken(token(), new InetSocketAddress("10.0.0.1", 4001)));
  }

  @Test
  void aTokenIsNoGoodOnceTenSecondsOld() {
    ByteBuf token = token();
    now.addAndGet(TimeUnit.SECONDS.toNanos(10) + 1);

    assertEquals(-1, tokens.validateToken(token, PEER));
  }

  @Test
  void aTokenWithAnyBitChangedIsNoGood() {
    ByteBuf token = token();
    for (int bit = 0; bit < 8 * token.readableBytes(); bit++) {
      ByteBuf spoiled = token.copy();
      spoiled.setByte(bit / 8, spoiled.getByte(bit / 8) ^ 1 << bit % 8);

      assertEquals(-1, tokens.validateToken(spoiled, PEER), "bit " + bit);
    }
  }

  @Test
  void aTokenOfAnotherAcceptorIsNoGood() {
    byte[] secret = new byte[32];
    secret[0] = 1;
    RetryTokens other = tokens(secret);

    assertEquals(-1, other.validateToken(token(), PEER));
  }

  @Test
  void aTokenIsGoodOnlyForTheConnectionThatTheRetryNamed() {
    ByteBuf token = token();

    ByteBuf other = next().setByte(0, next().getByte(0) ^ 1);

    assertTrue(tokens.validateToken(token, PEER, next()).isValid());
    assertFalse(tokens.validateToken(token, PEER, other).isValid());
    assertFalse(tokens.validateToken(token, PEER, next().slice(0, 19)).isValid());
    assertFalse(tokens.validateToken(token, PEER, id).isValid());
  }

  @Test
  void aGoodTokenIsDroppedWhereThereIsNoRoom() {
    ByteBuf token = token();
    room.set(false);

    assertFalse(tokens.validateToken(token, PEER, next()).isValid());
  }

  @Test
  void aTokenOfAnotherLengthIsNoGood() {
    assertEquals(-1, tokens.validateToken(Unpooled.EMPTY_BUFFER, PEER));
    assertEquals(-1, tokens.validateToken(Unpooled.wrappedBuffer(new byte[39]), PEER));
    assertEquals(-1, tokens.validateToken(Unpooled.wrappedBuffer(new byte[61]), PEER));
  }
}

package dev.farcap.transport.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.farcap.transport.LogLines;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.UnixSocketPath;
import dev.farcap.transport.tls.PeerProof;
import dev.farcap.transport.tls.StreamAdmission;
import dev.farcap.transport.tls.TlsConfig;
import dev.farcap.transport.tls.TlsContexts;
import dev.farcap.transport.tls.TlsHandshake;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslHandler;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Diallers with a certificate that speak otherwise than they should at the rendezvous: each is
/// refused for what it did, and nothing is left of it. [LyingAcceptorsTest] has the other side.
@Timeout(120)
final class LyingDiallersTest {
  /// Long enough for a handshake on a busy machine.
  private static final ShmConfig IMPATIENT =
      new ShmConfig(
          ShmConfig.RING_BYTES_MIN,
          Spinning.BRIEF,
          UnixSocketPath.Access.OWNER,
          new TlsConfig(5_000, 2_000, 1, 4096));

  @TempDir private Path folder;

  private static Channel dial(ShmEnds ends, String protocol, Liar.Script script) throws Exception {
    TlsContexts contexts = TlsContexts.ofDialler(protocol, () -> ShmEnds.NEAR, TlsConfig.DEFAULT);
    PeerProof proof = new PeerProof(protocol, ShmEnds.REALM.policy());
    ChannelInitializer<Channel> beginning =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) throws SSLException {
            SslHandler tls = contexts.handler(channel.alloc());
            TlsHandshake handshake =
                new TlsHandshake(
                    tls,
                    proof,
                    new TransportCounters(),
                    Liar.opening(script),
                    Recorder::new,
                    _ -> {});
            channel.pipeline().addLast(tls, handshake);
          }
        };
    Channel channel =
        new Bootstrap()
            .group(ends.loops.next())
            .channel(EpollDomainSocketChannel.class)
            .handler(beginning)
            .connect(new DomainSocketAddress(ends.socket.toString()))
            .sync()
            .channel();
    var _ = channel.closeFuture().addListener(_ -> contexts.close());
    return channel;
  }

  private static void assertRefused(
      ShmEnds ends, String protocol, Liar.Script script, String reason) throws Exception {
    try (LogLines log = new LogLines(StreamAdmission.class)) {
      Channel liar = dial(ends, protocol, script);

      assertTrue(liar.closeFuture().await(20, TimeUnit.SECONDS), "it is let go on");
      log.await(": " + reason);
    }
    assertEquals(1, ends.counters.snapshot().handshakesRefused());
    assertEquals(0, ends.accepted.size());
    ends.before.awaitAgain();
    ends.assertOthersAreServed();
  }

  // What is said.

  private static Message hello() {
    return new Message.Hello(Libc.euid());
  }

  private static byte[] bytes(int kind, int version) {
    byte[] said = new byte[Message.BYTES];
    said[0] = (byte) kind;
    said[1] = (byte) version;
    return said;
  }

  /// Says one thing at the beginning, and nothing more.
  private static Liar.Script saying(byte[] bytes) {
    return (liar, heard) -> {
      if (heard == 0) {
        liar.say(Unpooled.wrappedBuffer(bytes));
      }
    };
  }

  private static Liar.Script saying(Message message) {
    return (liar, heard) -> {
      if (heard == 0) {
        liar.say(message);
      }
    };
  }

  /// Says hello, and then one thing more.
  private static Liar.Script sayingAfterHello(Message message) {
    return (liar, heard) -> {
      switch (heard) {
        case 0 -> liar.say(hello());
        case 1 -> liar.say(message);
        default -> {}
      }
    };
  }

  static Stream<Arguments> lies() {
    int uid = Libc.euid();
    return Stream.of(
        arguments(
            named("no message", saying(bytes(5, Message.VERSION))),
            "malformed rendezvous: kind is 5, limits 1..4"),
        arguments(
            named("another version", saying(bytes(1, 2))),
            "malformed rendezvous: version is 2, not 1"),
        arguments(
            named("a message of the acceptor", saying(new Message.Offer(uid, 128 << 10, NONCE))),
            "malformed rendezvous: "
                + new Message.Offer(uid, 128 << 10, NONCE)
                + " where HELLO is due"),
        arguments(
            named("out of turn", saying(new Message.Ready())),
            "malformed rendezvous: Ready[] where HELLO is due"),
        arguments(
            named("out of turn with memory at hand", sayingAfterHello(new Message.Taken())),
            "malformed rendezvous: Taken[] where READY is due"),
        arguments(
            named("the same again", sayingAfterHello(hello())),
            "malformed rendezvous: " + hello() + " where READY is due"),
        arguments(
            named("too much at a time", saying(new byte[2 * Message.BYTES])),
            "malformed rendezvous: more than one message at a time"),
        arguments(
            named("another user", saying(new Message.Hello(uid + 1))),
            "the other end of the socket is user %d, the proven peer is user %d: another process"
                    .formatted(uid, uid + 1)
                + " stands in between, or the two have different user namespaces, or the peer was"
                + " another user when it began to listen"),
        arguments(
            named("takes the descriptors and goes", (Liar.Script) LyingDiallersTest::takeAndGo),
            "the peer closed during the rendezvous"));
  }

  private static final Nonce NONCE = Nonce.random();

  private static void takeAndGo(Liar liar, int heard) {
    switch (heard) {
      case 0 -> liar.say(hello());
      case 1 -> liar.takeDescriptors();
      case 4 -> {
        var _ = liar.channel().close();
      }
      default -> {}
    }
  }

  @ParameterizedTest
  @MethodSource("lies")
  void whoLiesIsRefusedForIt(Liar.Script lie, String reason) throws Exception {
    try (ShmEnds ends = new ShmEnds(folder)) {
      assertRefused(ends, ShmMedium.PROTOCOL, lie, reason);
    }
  }

  @Test
  void whoSpeaksTheProtocolOfAnotherMediumIsRefused() throws Exception {
    try (ShmEnds ends = new ShmEnds(folder)) {
      assertRefused(ends, "farcap/1", saying(hello()), "the peer does not speak farcap-shm/1");
    }
  }

  @Test
  void whoStaysSilentIsRefusedInTimeAndItsPlaceIsGivenBack() throws Exception {
    try (ShmEnds ends = new ShmEnds(folder, IMPATIENT)) { // one place
      assertRefused(
          ends,
          ShmMedium.PROTOCOL,
          (_, _) -> {},
          "timed out: the peer did not finish the rendezvous");
    }
  }
}

package dev.farcap.transport.quic;

import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Principal;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.stream.StreamConnection;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One attempt to connect: resolve, go through the addresses until one answers, shake hands, open
/// the stream. From [#begin] on it lives on the loop of the connection to be.
final class QuicDial {
  private static final Logger log = LoggerFactory.getLogger(QuicDial.class);

  private final String address;
  private final EventLoop loop;
  private final QuicContexts contexts;
  private final ConnectionPolicy policy;
  private final TransportCounters counters;
  private final QuicConfig config;
  private final Datagrams datagrams;
  private final Dialer.DialHandler handler;

  QuicDial(
      String address,
      EventLoop loop,
      QuicContexts contexts,
      ConnectionPolicy policy,
      TransportCounters counters,
      QuicConfig config,
      Datagrams datagrams,
      Dialer.DialHandler handler) {
    this.address = address;
    this.loop = loop;
    this.contexts = contexts;
    this.policy = policy;
    this.counters = counters;
    this.config = config;
    this.datagrams = datagrams;
    this.handler = handler;
  }

  void begin() {
    // The system's resolver blocks, so a thread of its own waits for it.
    Thread.ofVirtual().name("resolve " + address).start(this::resolve);
  }

  private void resolve() {
    try {
      loop.execute(resolved());
    } catch (RejectedExecutionException _) {
      // The loop has ended meanwhile, and nobody waits.
    }
  }

  private Runnable resolved() {
    try {
      List<InetSocketAddress> found = datagrams.resolve(address);
      return () -> new Attempt(found, 0).begin();
    } catch (IOException | RuntimeException | Error failure) {
      // An Error, too, has to be answered: a native call may be linked here for the first time.
      return () -> fail(QuicFailure.describe(failure, null));
    }
  }

  private void fail(String reason) {
    handler.failed(address + ": " + reason);
  }

  /// At one of the addresses.
  private final class Attempt extends ChannelInboundHandlerAdapter {
    private final List<InetSocketAddress> targets;
    private final int number;
    private @Nullable Throwable socketFailure;
    private @Nullable QuicChannel dialled;
    private @Nullable QuicLine line;

    Attempt(List<InetSocketAddress> targets, int number) {
      this.targets = targets;
      this.number = number;
    }

    void begin() {
      QuicSslEngine tls;
      try {
        tls = contexts.engine(QuicSettings.allocator());
      } catch (SSLException | RuntimeException unusable) {
        fail("the credentials of this end cannot be used: " + unusable.getMessage());
        return;
      }
      ChannelInitializer<Channel> codec =
          new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
              channel
                  .pipeline()
                  .addLast(
                      new LastWords(),
                      new SecondLook(() -> 1),
                      QuicSettings.dialler(datagrams.packetBytesMax(targets.get(number)), config)
                          .sslEngineProvider(_ -> tls)
                          .build(),
                      Attempt.this);
            }
          };
      var _ =
          datagrams
              .connect(targets.get(number), loop, codec)
              .addListener(
                  // A channel that could not even be made has no loop to tell of it on.
                  (ChannelFuture opened) -> onLoop(() -> opened(opened, tls)));
    }

    private void onLoop(Runnable action) {
      if (loop.inEventLoop()) {
        action.run();
      } else {
        loop.execute(action);
      }
    }

    private void opened(ChannelFuture socket, QuicSslEngine tls) {
      if (socket.isSuccess()) {
        shakeHands(socket.channel(), tls);
      } else if (hasNext()) {
        next();
      } else {
        fail(QuicFailure.describe(socket.cause(), null));
      }
    }

    private void shakeHands(Channel socket, QuicSslEngine tls) {
      var _ =
          QuicChannel.newBootstrap(socket)
              .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, config.connectTimeoutMs())
              .option(
                  QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, datagrams.segments(loop))
              .option(ChannelOption.ALLOCATOR, QuicSettings.allocator())
              .handler(
                  new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel channel) {
                      dialled = channel;
                      // After what the connection still had to send.
                      var _ = channel.closeFuture().addListener(_ -> closeSoon(socket));
                    }
                  })
              .streamHandler(new ChannelInboundHandlerAdapter())
              .remoteAddress(targets.get(number))
              .connect()
              .addListener(
                  (Future<QuicChannel> done) -> {
                    if (done.isSuccess()) {
                      admit(done.getNow());
                    } else {
                      giveUp(socket);
                      failed(socketFailure == null ? done.cause() : socketFailure, tls);
                    }
                  });
    }

    /// Tells the peer, if it still can be told; then the socket is closed.
    private void giveUp(Channel socket) {
      closeSoon(dialled == null ? socket : dialled);
    }

    private void closeSoon(Channel channel) {
      loop.execute(
          () -> {
            var _ = channel.close();
          });
    }

    /// Whoever answers is the peer that was meant, even if the handshake fails.
    private void failed(Throwable failure, QuicSslEngine tls) {
      boolean silent =
          failure instanceof ConnectTimeoutException || failure instanceof PortUnreachableException;
      if (silent && hasNext()) {
        next();
        return;
      }
      if (!silent) {
        counters.handshakeRefused();
      }
      fail(QuicFailure.describe(failure, tls));
    }

    private boolean hasNext() {
      return number + 1 < targets.size();
    }

    private void next() {
      new Attempt(targets, number + 1).begin();
    }

    private void admit(QuicChannel channel) {
      try {
        Principal peer = QuicAdmission.admit(channel, policy);
        openStream(channel, peer);
      } catch (ConnectionRefusedException refusal) {
        refuse(channel, String.valueOf(refusal.getMessage()));
      }
    }

    private void refuse(QuicChannel channel, String reason) {
      counters.handshakeRefused();
      LastWords.close(channel, QuicFailure.REFUSED);
      fail(reason);
    }

    private void openStream(QuicChannel channel, Principal peer) {
      var _ =
          channel
              .createStream(QuicStreamType.BIDIRECTIONAL, new ChannelInboundHandlerAdapter())
              .addListener(
                  (Future<QuicStreamChannel> opened) -> {
                    if (opened.isSuccess()) {
                      carry(channel, opened.getNow(), peer);
                    } else {
                      refuse(channel, "the peer takes no stream: " + opened.cause().getMessage());
                    }
                  });
    }

    private void carry(QuicChannel channel, QuicStreamChannel stream, Principal peer) {
      stream.config().setAllowHalfClosure(true).setAllocator(QuicSettings.allocator());
      var _ =
          stream.writeAndFlush(
              stream.alloc().directBuffer(1).writeByte(QuicSettings.PREAMBLE),
              stream.voidPromise());
      QuicLine carried = new QuicLine(channel, stream, datagrams);
      line = carried;
      try {
        carried.carry(new StreamConnection(stream, carried, peer, counters, handler::connected));
        counters.connectionOpened();
      } catch (RuntimeException | Error mistake) {
        log.error("no listener for the connection of {}", peer.name(), mistake);
        carried.hangUp();
      }
    }

    /// What the datagrams' channel tells of itself. That nobody listens there is the end of an
    /// attempt, and of a connection if it goes on; all else may pass.
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (cause instanceof PortUnreachableException && (line == null || line.refused())) {
        socketFailure = cause;
        var _ = ctx.close();
      } else {
        counters.socketFailed();
        log.debug("{}: {}", address, cause.getMessage());
      }
    }
  }
}

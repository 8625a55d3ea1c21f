package dev.farcap.transport.tls;

import dev.farcap.transport.Dialer;
import dev.farcap.transport.HostAddress;
import dev.farcap.transport.TransportCounters;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLException;

/// One attempt to connect: resolve, connect to each address in turn until one answers, handshake.
/// From [#begin] on it lives on the loop of the connection to be.
final class TlsDial {
  private final HostAddress address;
  private final EventLoop loop;
  private final TlsContexts contexts;
  private final PeerProof proof;
  private final TransportCounters counters;
  private final TlsConfig config;
  private final Dialer.DialHandler handler;

  TlsDial(
      HostAddress address,
      EventLoop loop,
      TlsContexts contexts,
      PeerProof proof,
      TransportCounters counters,
      TlsConfig config,
      Dialer.DialHandler handler) {
    this.address = address;
    this.loop = loop;
    this.contexts = contexts;
    this.proof = proof;
    this.counters = counters;
    this.config = config;
    this.handler = handler;
  }

  void begin() {
    InetSocketAddress literal = address.literal();
    if (literal != null) {
      loop.execute(() -> connect(List.of(literal), 0));
      return;
    }
    // The system's resolver blocks, so a thread of its own waits for it.
    Thread.ofVirtual().name("resolve " + address.host()).start(this::resolve);
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
      List<InetSocketAddress> found = address.resolve();
      return () -> connect(found, 0);
    } catch (UnknownHostException | RuntimeException failure) {
      return () -> fail(TlsFailure.describe(failure));
    }
  }

  private void connect(List<InetSocketAddress> targets, int next) {
    new Bootstrap()
        .group(loop)
        .channel(TlsSockets.socket(loop))
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, config.connectTimeoutMs())
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                TlsSockets.configure(channel);
              }
            })
        .connect(targets.get(next))
        .addListener(
            (ChannelFuture attempt) -> {
              if (attempt.isSuccess()) {
                handshake(attempt.channel());
              } else if (next + 1 < targets.size()) {
                connect(targets, next + 1);
              } else {
                fail(TlsFailure.describe(attempt.cause()));
              }
            });
  }

  private void handshake(Channel channel) {
    try {
      SslHandler tls = contexts.handler(channel.alloc());
      channel
          .pipeline()
          .addLast(
              tls,
              new TlsHandshake(
                  tls,
                  proof,
                  counters,
                  TlsHandshake.frames(counters),
                  handler::connected,
                  this::fail));
    } catch (SSLException | RuntimeException unusable) {
      var _ = channel.close();
      fail("the credentials of this end cannot be used: " + unusable.getMessage());
    }
  }

  private void fail(String reason) {
    if (loop.inEventLoop()) {
      handler.failed(address + ": " + reason);
    } else {
      loop.execute(() -> fail(reason)); // Where there is no socket Netty tells it elsewhere.
    }
  }
}

package dev.farcap.transport.shm;

import dev.farcap.transport.Dialer;
import dev.farcap.transport.EventLoops;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.tls.PeerProof;
import dev.farcap.transport.tls.TlsContexts;
import dev.farcap.transport.tls.TlsFailure;
import dev.farcap.transport.tls.TlsHandshake;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.io.FileNotFoundException;
import java.io.IOException;
import javax.net.ssl.SSLException;

/// One attempt to connect: socket, handshake, rendezvous. From [#begin] on it lives on the loop of
/// the connection to be.
final class ShmDial {
  private final ShmAddress address;
  private final EventLoop loop;
  private final TlsContexts contexts;
  private final PeerProof proof;
  private final TransportCounters counters;
  private final ShmConfig config;
  private final Dialer.DialHandler handler;

  ShmDial(
      ShmAddress address,
      EventLoop loop,
      TlsContexts contexts,
      PeerProof proof,
      TransportCounters counters,
      ShmConfig config,
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
    if (EventLoops.isEpoll(loop)) {
      loop.execute(this::connect);
    } else {
      loop.execute(() -> fail(ShmMedium.NO_EPOLL));
    }
  }

  private void connect() {
    new Bootstrap()
        .group(loop)
        .channelFactory(EpollDomainSocketChannel::new)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, config.handshake().connectTimeoutMs())
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                ShmMedium.configure(channel);
              }
            })
        .connect(address.socket())
        .addListener(
            (ChannelFuture attempt) -> {
              if (attempt.isSuccess()) {
                handshake(attempt.channel());
              } else {
                fail(describe(attempt.cause()));
              }
            });
  }

  private static String describe(Throwable failure) {
    return switch (failure) {
      case FileNotFoundException _ -> "refused: nothing listens there";
      case ChannelException none when none.getCause() instanceof IOException why ->
          "no socket can be had: " + why.getMessage();
      default -> TlsFailure.describe(failure);
    };
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
                  Rendezvous.opening(config, counters, DiallersRendezvous::new),
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

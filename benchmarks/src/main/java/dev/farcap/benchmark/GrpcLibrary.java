package dev.farcap.benchmark;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NegotiationType;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/// grpc-java as its users have it at its fastest: Netty, epoll, BoringSSL, direct executors, one
/// event loop for the client and one for the server, both in this process.
final class GrpcLibrary {
  static final String TARGET = "library:grpc";

  private static final String HOST = "host-b.bench";

  private GrpcLibrary() {}

  /// A channel over mutual TLS 1.3 to a server of [Echo] started for it.
  static Channel channel() throws IOException {
    Realm realm = Realm.create();
    Realm.Leaf here = realm.issue("host-a");
    Realm.Leaf there = realm.issue("host-b");
    EventLoopGroup serverLoop = EventLoops.one();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .bossEventLoopGroup(serverLoop)
            .workerEventLoopGroup(serverLoop)
            .channelType(EpollServerSocketChannel.class)
            .directExecutor()
            .sslContext(
                tls(realm, SslContextBuilder.forServer(there.key(), there.certificate()))
                    .clientAuth(ClientAuth.REQUIRE)
                    .build())
            .addService(Echo.service())
            .build()
            .start();
    SslContext tls =
        tls(realm, SslContextBuilder.forClient().keyManager(here.key(), here.certificate()))
            .build();
    return dial(server.getPort(), EventLoops.one())
        .negotiationType(NegotiationType.TLS)
        .overrideAuthority(HOST)
        .sslContext(tls)
        .build();
  }

  private static SslContextBuilder tls(Realm realm, SslContextBuilder builder) {
    return GrpcSslContexts.configure(builder, SslProvider.OPENSSL)
        .protocols("TLSv1.3")
        .trustManager(realm.authority());
  }

  /// A channel without TLS to a port on loopback.
  static ManagedChannel plaintext(int port) {
    return plaintext(port, EventLoops.one());
  }

  /// The same, on a given event loop.
  static ManagedChannel plaintext(int port, EventLoopGroup loop) {
    return dial(port, loop).usePlaintext().build();
  }

  /// A channel without TLS to a Unix socket.
  static ManagedChannel unix(Path socket, EventLoopGroup loop) {
    return NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
        .eventLoopGroup(loop)
        .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
        .overrideAuthority("localhost")
        .directExecutor()
        .disableRetry()
        .usePlaintext()
        .build();
  }

  private static NettyChannelBuilder dial(int port, EventLoopGroup loop) {
    return NettyChannelBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
        .eventLoopGroup(loop)
        .channelType(EpollSocketChannel.class)
        .directExecutor()
        .disableRetry();
  }
}

package dev.farcap.transport.tls;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.HostAddress;
import dev.farcap.transport.Medium;
import dev.farcap.transport.TransportCounters;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.util.function.Supplier;

/// Dials and listens at `tls://host:port` and `tls://[ipv6]:port`. May be used by any thread.
///
/// ```
/// try (TlsMedium tls = new TlsMedium(credentials::current, policy, counters, TlsConfig.DEFAULT);
///     Acceptor door = tls.listen("tls://0.0.0.0:7443", loops, this::accepted)) {
///   tls.dial("tls://host-b:7443", loops.next(), handler);
/// }
/// ```
///
/// Loops on epoll get epoll sockets, any other NIO's; only epoll bounds what is unsent in the
/// kernel.
public final class TlsMedium implements Medium {
  /// Its name, as in addresses.
  public static final String NAME = "tls";

  /// The protocol by ALPN. A new number is another protocol.
  static final String PROTOCOL = "farcap/1";

  private final TlsContexts dialling;
  private final TlsContexts accepting;
  private final PeerProof proof;
  private final TransportCounters counters;
  private final TlsConfig config;

  /// @param credentials asked by any loop at each new connection; must not block
  /// @param policy asked by any loop after each handshake; must not block
  /// @param counters of this medium
  /// @param config limits
  /// @throws IllegalStateException if the native TLS library does not run on this machine
  public TlsMedium(
      Supplier<TlsCredentials> credentials,
      ConnectionPolicy policy,
      TransportCounters counters,
      TlsConfig config) {
    if (!OpenSsl.isAvailable()) {
      throw new IllegalStateException(
          "the native TLS library does not run on this machine", OpenSsl.unavailabilityCause());
    }
    this.dialling = TlsContexts.ofDialler(PROTOCOL, credentials, config);
    this.accepting = TlsContexts.ofAcceptor(PROTOCOL, credentials, config);
    this.proof = new PeerProof(PROTOCOL, policy);
    this.counters = counters;
    this.config = config;
  }

  /// Connects; see [Medium#dial].
  ///
  /// @throws IllegalArgumentException if the address is of another form
  @Override
  public void dial(String address, EventLoop loop, DialHandler handler) {
    HostAddress target = HostAddress.parse(NAME, address);
    new TlsDial(target, loop, dialling, proof, counters, config, handler).begin();
  }

  /// Binds, then accepts, each connection on the next loop of the group. Blocks until bound, so not
  /// to be called on a loop.
  ///
  /// @param address port 0 lets the system choose
  /// @throws IOException if the address cannot be bound: in use, not of this host, not permitted
  /// @throws IllegalArgumentException if the address is of another form
  @Override
  public Acceptor listen(String address, EventLoopGroup loops, Acceptor.AcceptHandler handler)
      throws IOException {
    HostAddress local = HostAddress.parse(NAME, address);
    StreamAdmission admission =
        new StreamAdmission(
            NAME, accepting, proof, counters, config, TlsHandshake.frames(counters), handler);
    return new TlsAcceptor(local, loops, admission);
  }

  /// Gives back what was prepared for new connections, which fail from now on. Acceptors and
  /// connections made are closed by their owners.
  @Override
  public void close() {
    dialling.close();
    accepting.close();
  }
}

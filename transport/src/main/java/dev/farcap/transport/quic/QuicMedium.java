package dev.farcap.transport.quic;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.Medium;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.tls.TlsCredentials;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.quic.Quic;
import java.io.IOException;
import java.util.Objects;
import java.util.function.Supplier;

/// Dials and listens at `quic://host:port` and `quic://[ipv6]:port`. May be used by any thread.
///
/// ```
/// try (QuicMedium quic = new QuicMedium(credentials::current, policy, counters, QuicConfig.DEFAULT);
///     Acceptor door = quic.listen("quic://0.0.0.0:7443", loops, this::accepted)) {
///   quic.dial("quic://host-b:7443", loops.next(), handler);
/// }
/// ```
///
/// Needs Netty's QUIC codec and its library for this machine (`netty-codec-native-quic`), which are
/// optional dependencies of this module.
public final class QuicMedium implements Medium {
  /// Its name over UDP, as in addresses.
  public static final String NAME = "quic";

  private final QuicContexts dialling;
  private final QuicContexts accepting;
  private final ConnectionPolicy policy;
  private final TransportCounters counters;
  private final QuicConfig config;
  private final Datagrams datagrams;

  /// Over UDP.
  ///
  /// @param credentials asked by any loop at each new connection; must not block
  /// @param policy asked by any loop after each handshake; must not block
  /// @param counters of this medium
  /// @param config limits
  /// @throws IllegalStateException if the QUIC library is not there or does not run on this machine
  public QuicMedium(
      Supplier<TlsCredentials> credentials,
      ConnectionPolicy policy,
      TransportCounters counters,
      QuicConfig config) {
    this(credentials, policy, counters, config, udp());
  }

  private static Datagrams udp() {
    // It needs the library to be loaded at all.
    checkLibrary();
    return new UdpDatagrams();
  }

  /// Over other datagrams, likewise.
  public QuicMedium(
      Supplier<TlsCredentials> credentials,
      ConnectionPolicy policy,
      TransportCounters counters,
      QuicConfig config,
      Datagrams datagrams) {
    checkLibrary();
    this.dialling = QuicContexts.ofDialler(credentials);
    this.accepting = QuicContexts.ofAcceptor(credentials);
    this.policy = policy;
    this.counters = counters;
    this.config = config;
    this.datagrams = datagrams;
  }

  private static void checkLibrary() {
    try {
      if (!Quic.isAvailable()) {
        Throwable cause = Objects.requireNonNull(Quic.unavailabilityCause());
        throw new IllegalStateException(
            "the QUIC library does not run on this machine: " + cause.getMessage(), cause);
      }
    } catch (NoClassDefFoundError missing) {
      throw new IllegalStateException(
          "the QUIC library is not there: add io.netty:netty-codec-native-quic", missing);
    }
  }

  /// Connects; see [Medium#dial].
  ///
  /// @throws IllegalArgumentException if the address is of another form
  @Override
  public void dial(String address, EventLoop loop, DialHandler handler) {
    datagrams.check(address);
    new QuicDial(address, loop, dialling, policy, counters, config, datagrams, handler).begin();
  }

  /// Binds, then accepts, all connections on the next loop of the group. Blocks until bound, so not
  /// to be called on a loop. What the acceptor is bound to stays so until it is closed and its last
  /// connection has ended.
  ///
  /// @param address port 0 lets the system choose
  /// @throws IOException if the address cannot be bound: in use, not of this host, not permitted
  /// @throws IllegalArgumentException if the address is of another form
  @Override
  public Acceptor listen(String address, EventLoopGroup loops, Acceptor.AcceptHandler handler)
      throws IOException {
    return new QuicAcceptor(
        address, loops.next(), accepting, policy, counters, config, datagrams, handler);
  }

  /// No new connections from now on: they fail. Acceptors and connections made are closed by their
  /// owners.
  @Override
  public void close() {
    dialling.close();
    accepting.close();
  }
}

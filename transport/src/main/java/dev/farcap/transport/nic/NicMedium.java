package dev.farcap.transport.nic;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.CLibrary;
import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.EventLoops;
import dev.farcap.transport.Medium;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.quic.QuicMedium;
import dev.farcap.transport.tls.TlsCredentials;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.util.function.Supplier;

/// Dials `nic://interface/mac` and listens at `nic://interface`: QUIC inside Ethernet frames,
/// between hosts of one network segment. May be used by any thread.
///
/// ```
/// try (NicMedium nic = new NicMedium(credentials::current, policy, counters, frames, QuicConfig.DEFAULT);
///     Acceptor door = nic.listen("nic://eth1", loops, this::accepted)) {
///   nic.dial("nic://eth1/02:00:00:00:00:02", loops.next(), handler);
/// }
/// ```
///
/// Needs `CAP_NET_RAW`, loops on epoll, and Netty's QUIC codec with its library for this machine.
public final class NicMedium implements Medium {
  /// Its name, as in addresses.
  public static final String NAME = "nic";

  private static final String NO_EPOLL = "raw Ethernet needs Linux and an event loop on epoll";

  private final NicDatagrams datagrams;
  private final QuicMedium quic;

  /// @param credentials asked by any loop at each new connection; must not block
  /// @param policy asked by any loop after each handshake; must not block
  /// @param counters of connections
  /// @param frames counters of what is below them
  /// @param config limits
  /// @throws IllegalStateException if the QUIC library is not there or does not run on this
  ///   machine, or the C library cannot be called
  public NicMedium(
      Supplier<TlsCredentials> credentials,
      ConnectionPolicy policy,
      TransportCounters counters,
      NicCounters frames,
      QuicConfig config) {
    CLibrary.require(Libc::load);
    datagrams = datagrams(frames);
    quic = new QuicMedium(credentials, policy, counters, config, datagrams);
  }

  private static NicDatagrams datagrams(NicCounters frames) {
    try {
      return new NicDatagrams(frames);
    } catch (NoClassDefFoundError missing) {
      throw new IllegalStateException(
          "the QUIC library is not there: add io.netty:netty-codec-native-quic", missing);
    }
  }

  /// Checks the form of an address to dial; needs no library.
  ///
  /// @return the address
  /// @throws IllegalArgumentException if it is of another form, or names no peer
  public static String checkDialled(String address) {
    if (NicAddress.parse(address).mac() == null) {
      throw new IllegalArgumentException(
          "address '%s' names no peer, expected nic://interface/mac".formatted(address));
    }
    return address;
  }

  /// Checks the form of an address to listen at; needs no library.
  ///
  /// @return the address
  /// @throws IllegalArgumentException if it is of another form, or names a peer
  public static String checkListening(String address) {
    if (NicAddress.parse(address).mac() != null) {
      throw new IllegalArgumentException(
          "address '%s' names a peer, expected nic://interface".formatted(address));
    }
    return address;
  }

  /// Connects; see [Medium#dial]. That nobody listens shows by silence only.
  ///
  /// @throws IllegalArgumentException if the address is of another form, or names no peer
  @Override
  public void dial(String address, EventLoop loop, DialHandler handler) {
    var _ = checkDialled(address);
    if (EventLoops.isEpoll(loop)) {
      quic.dial(address, loop, handler);
    } else {
      loop.execute(() -> handler.failed(address + ": " + NO_EPOLL));
    }
  }

  /// Binds, then accepts, all connections on the next loop of the group. Blocks until bound, so not
  /// to be called on a loop. The port stays taken until the acceptor is closed and its last
  /// connection has ended. The interface may be down; it must exist.
  ///
  /// @param address port 0 for any that is free
  /// @throws IOException if there is no such interface, its MTU is too small, its port is in use,
  ///   this process may not, or the loops are not on epoll
  /// @throws IllegalArgumentException if the address is of another form, or names a peer
  @Override
  public Acceptor listen(String address, EventLoopGroup loops, Acceptor.AcceptHandler handler)
      throws IOException {
    var _ = checkListening(address);
    if (!EventLoops.isEpoll(loops)) {
      throw new IOException(address + ": " + NO_EPOLL);
    }
    try {
      var _ = datagrams.resolve(address);
    } catch (IOException e) {
      throw new IOException(address + ": " + e.getMessage(), e);
    }
    return quic.listen(address, loops, handler);
  }

  /// No new connections from now on: they fail. Acceptors and connections made are closed by their
  /// owners.
  @Override
  public void close() {
    quic.close();
  }
}

package dev.farcap.transport.shm;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.CLibrary;
import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.Medium;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.tls.PeerProof;
import dev.farcap.transport.tls.StreamAdmission;
import dev.farcap.transport.tls.TlsContexts;
import dev.farcap.transport.tls.TlsCredentials;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.util.function.Supplier;

/// Dials and listens at `shm:///path/to/socket`: two processes of one host, whose frames go through
/// memory that they share. May be used by any thread.
///
/// ```
/// try (ShmMedium shm = new ShmMedium(credentials::current, policy, counters, ShmConfig.DEFAULT);
///     Acceptor door = shm.listen("shm:///run/farcap/link", loops, this::accepted)) {
///   shm.dial("shm:///run/farcap/link", loops.next(), handler);
/// }
/// ```
///
/// Needs Linux and loops on epoll. The peer is proven as over TLS. Frames themselves are not
/// encrypted: whoever may read the memory of either process could read them anyway.
public final class ShmMedium implements Medium {
  /// Its name, as in addresses.
  public static final String NAME = "shm";

  /// The protocol by ALPN: what follows the handshake is another than over TCP. A new number is
  /// another protocol.
  static final String PROTOCOL = "farcap-shm/1";

  static final String NO_EPOLL = "shared memory needs Linux and an event loop on epoll";

  private final TlsContexts dialling;
  private final TlsContexts accepting;
  private final PeerProof proof;
  private final TransportCounters counters;
  private final ShmConfig config;

  /// @param credentials asked by any loop at each new connection; must not block
  /// @param policy asked by any loop after each handshake; must not block
  /// @param counters of this medium
  /// @param config limits and habits
  /// @throws IllegalStateException if the native TLS library does not run on this machine, or the C
  ///   library cannot be called
  public ShmMedium(
      Supplier<TlsCredentials> credentials,
      ConnectionPolicy policy,
      TransportCounters counters,
      ShmConfig config) {
    if (!OpenSsl.isAvailable()) {
      throw new IllegalStateException(
          "the native TLS library does not run on this machine", OpenSsl.unavailabilityCause());
    }
    CLibrary.require(Libc::load);
    this.dialling = TlsContexts.ofDialler(PROTOCOL, credentials, config.handshake());
    this.accepting = TlsContexts.ofAcceptor(PROTOCOL, credentials, config.handshake());
    this.proof = new PeerProof(PROTOCOL, policy);
    this.counters = counters;
    this.config = config;
  }

  /// Checks the form of an address.
  ///
  /// @return the address
  /// @throws IllegalArgumentException if it is of another form
  public static String checkAddress(String address) {
    return ShmAddress.parse(address).toString();
  }

  /// Connects; see [Medium#dial]. Unlike over TLS, a connection is one that the peer has admitted.
  ///
  /// @throws IllegalArgumentException if the address is of another form
  @Override
  public void dial(String address, EventLoop loop, DialHandler handler) {
    ShmAddress target = ShmAddress.parse(address);
    new ShmDial(target, loop, dialling, proof, counters, config, handler).begin();
  }

  /// Binds, then accepts, each connection on the next loop of the group. Blocks until bound, so not
  /// to be called on a loop.
  ///
  /// @throws IOException if the address cannot be bound: in use, no such folder, not permitted, too
  ///   long
  /// @throws IllegalArgumentException if the address is of another form
  @Override
  public Acceptor listen(String address, EventLoopGroup loops, Acceptor.AcceptHandler handler)
      throws IOException {
    StreamAdmission admission =
        new StreamAdmission(
            NAME,
            accepting,
            proof,
            counters,
            config.handshake(),
            Rendezvous.opening(config, counters, AcceptorsRendezvous::new),
            handler);
    return ShmAcceptor.open(ShmAddress.parse(address), loops, config.access(), admission);
  }

  /// Sets the options of a socket that was just made.
  static void configure(Channel channel) {
    // As with TLS: Netty's adaptive default allocates more.
    if (channel.alloc() instanceof AdaptiveByteBufAllocator) {
      channel.config().setAllocator(PooledByteBufAllocator.DEFAULT);
    }
  }

  /// Gives back what was prepared for new connections, which fail from now on. Acceptors and
  /// connections made are closed by their owners.
  @Override
  public void close() {
    dialling.close();
    accepting.close();
  }
}

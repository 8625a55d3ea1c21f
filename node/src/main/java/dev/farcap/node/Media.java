package dev.farcap.node;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.HostAddress;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.quic.QuicMedium;
import dev.farcap.transport.tls.TlsConfig;
import dev.farcap.transport.tls.TlsMedium;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The media that addresses name by their scheme. Each is begun when an address first asks for it,
/// so that what nobody uses is not loaded. Any thread.
final class Media implements Dialer, AutoCloseable {
  /// What a quiet link sends is its pings; so many may be lost.
  private static final int PINGS_LOST = 4;

  private final Trust trust;
  private final long idleMs;
  private final TransportCounters tlsCounters = new TransportCounters();
  private final TransportCounters quicCounters = new TransportCounters();
  private @Nullable TlsMedium tls;
  private @Nullable QuicMedium quic;
  private boolean closed;

  /// @param trust proves this process, and decides who may connect
  /// @param pingInterval of links
  Media(Trust trust, Duration pingInterval) {
    this.trust = trust;
    this.idleMs = PINGS_LOST * pingInterval.toMillis();
  }

  /// Checks the form of an address of a link.
  ///
  /// @return the address
  /// @throws IllegalArgumentException naming the media there are, or the form of that medium's
  ///   addresses
  static String checkAddress(String address) {
    String scheme = scheme(address);
    if (!scheme.equals(TlsMedium.NAME) && !scheme.equals(QuicMedium.NAME)) {
      throw unknown(address);
    }
    var _ = HostAddress.parse(scheme, address);
    return address;
  }

  private static String scheme(String address) {
    return address.substring(0, Math.max(0, address.indexOf("://")));
  }

  private static IllegalArgumentException unknown(String address) {
    return new IllegalArgumentException(
        "'%s' is of no medium known here, expected %s://host:port or %s://host:port"
            .formatted(address, TlsMedium.NAME, QuicMedium.NAME));
  }

  /// What each medium counts, by its name; zeroes for one that nobody has asked for.
  Map<String, TransportCounters> counters() {
    return Map.of(TlsMedium.NAME, tlsCounters, QuicMedium.NAME, quicCounters);
  }

  /// Connects by the medium of the address; one that does not run here fails as a peer would that
  /// is away.
  @Override
  public void dial(String address, EventLoop loop, DialHandler handler) {
    Dialer medium;
    try {
      medium =
          switch (scheme(address)) {
            case TlsMedium.NAME -> tls();
            case QuicMedium.NAME -> quic();
            default -> throw unknown(address);
          };
    } catch (IllegalStateException unusable) {
      loop.execute(() -> handler.failed(address + ": " + unusable.getMessage()));
      return;
    }
    medium.dial(address, loop, handler);
  }

  /// Listens by the medium of the address; blocks until it is bound.
  ///
  /// @throws IOException if the address cannot be bound, or its medium does not run here
  Acceptor listen(String address, EventLoopGroup loops, Acceptor.AcceptHandler handler)
      throws IOException {
    try {
      return switch (scheme(address)) {
        case TlsMedium.NAME -> tls().listen(address, loops, handler);
        case QuicMedium.NAME -> quic().listen(address, loops, handler);
        default -> throw unknown(address);
      };
    } catch (IllegalStateException unusable) {
      throw new IOException(address + ": " + unusable.getMessage(), unusable);
    }
  }

  private synchronized TlsMedium tls() {
    checkOpen();
    TlsMedium begun = tls;
    if (begun == null) {
      begun = new TlsMedium(trust::tls, trust, tlsCounters, TlsConfig.DEFAULT);
      tls = begun;
    }
    return begun;
  }

  private synchronized QuicMedium quic() {
    checkOpen();
    QuicMedium begun = quic;
    if (begun == null) {
      begun = new QuicMedium(trust::tls, trust, quicCounters, quicConfig());
      quic = begun;
    }
    return begun;
  }

  private QuicConfig quicConfig() {
    QuicConfig usual = QuicConfig.DEFAULT;
    return usual.withIdleTimeoutMs((int) Math.max(usual.idleTimeoutMs(), idleMs));
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the medium is closed");
    }
  }

  /// Nothing connects from now on; what is connected stays.
  @Override
  public synchronized void close() {
    closed = true;
    if (tls != null) {
      tls.close();
    }
    if (quic != null) {
      quic.close();
    }
  }
}

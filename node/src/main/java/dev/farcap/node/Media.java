package dev.farcap.node;

import dev.farcap.link.LinkEndpoint.Route;
import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.HostAddress;
import dev.farcap.transport.Medium;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.nic.NicCounters;
import dev.farcap.transport.nic.NicMedium;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.quic.QuicMedium;
import dev.farcap.transport.shm.ShmConfig;
import dev.farcap.transport.shm.ShmMedium;
import dev.farcap.transport.tls.TlsConfig;
import dev.farcap.transport.tls.TlsMedium;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The media that addresses name by their scheme. Each is begun when an address first asks for it,
/// so that what nobody uses is not loaded. Any thread.
final class Media implements Dialer, AutoCloseable {
  /// What a quiet link sends is its pings; so many may be lost.
  private static final int PINGS_LOST = 4;

  private final Map<String, Begun> media = new LinkedHashMap<>();
  private final NicCounters nicFrames = new NicCounters();
  private boolean closed;

  /// @param trust proves this process, and decides who may connect
  /// @param pingInterval of links
  /// @param shm how shared memory is used
  Media(Trust trust, Duration pingInterval, ShmConfig shm) {
    add(TlsMedium.NAME, c -> new TlsMedium(trust::tls, trust, c, TlsConfig.DEFAULT));
    add(QuicMedium.NAME, c -> new QuicMedium(trust::tls, trust, c, quic(pingInterval)));
    add(NicMedium.NAME, c -> new NicMedium(trust::tls, trust, c, nicFrames, quic(pingInterval)));
    add(ShmMedium.NAME, c -> new ShmMedium(trust::tls, trust, c, shm));
  }

  /// Gives up what is silent for longer than pings that are lost.
  static QuicConfig quic(Duration pingInterval) {
    long quietMs = PINGS_LOST * pingInterval.toMillis();
    return QuicConfig.DEFAULT.withIdleTimeoutMs(
        (int) Math.max(QuicConfig.DEFAULT.idleTimeoutMs(), quietMs));
  }

  private void add(String scheme, Function<TransportCounters, Medium> begin) {
    media.put(scheme, new Begun(new TransportCounters(), begin));
  }

  /// Checks the form of an address to dial.
  ///
  /// @return the address
  /// @throws IllegalArgumentException naming the media there are, or the form of that medium's
  ///   addresses
  static String checkAddress(String address) {
    return switch (scheme(address)) {
      case TlsMedium.NAME, QuicMedium.NAME -> {
        var _ = HostAddress.parseDialled(scheme(address), address);
        yield address;
      }
      case NicMedium.NAME -> NicMedium.checkDialled(address);
      case ShmMedium.NAME -> ShmMedium.checkAddress(address);
      default -> throw unknown(address, "nic://interface/mac");
    };
  }

  /// Checks the form of an address to listen at, likewise.
  static String checkListening(String address) {
    return switch (scheme(address)) {
      case TlsMedium.NAME, QuicMedium.NAME -> {
        var _ = HostAddress.parse(scheme(address), address);
        yield address;
      }
      case NicMedium.NAME -> NicMedium.checkListening(address);
      case ShmMedium.NAME -> ShmMedium.checkAddress(address);
      default -> throw unknown(address, "nic://interface");
    };
  }

  /// Whether another host, or another process of this one, can dial what listens at this address.
  static boolean isReachable(String listening) {
    return switch (scheme(listening)) {
      case TlsMedium.NAME, QuicMedium.NAME -> {
        InetSocketAddress socket = HostAddress.parse(scheme(listening), listening).literal();
        yield socket == null || !socket.getAddress().isAnyLocalAddress();
      }
      case ShmMedium.NAME -> true;
      default -> false;
    };
  }

  private static String scheme(String address) {
    return address.substring(0, Math.max(0, address.indexOf("://")));
  }

  private static IllegalArgumentException unknown(String address, String nic) {
    return new IllegalArgumentException(
        "'%s' is of no medium known here, expected tls://host:port, quic://host:port, %s or"
                .formatted(address, nic)
            + " shm:///path");
  }

  /// What each medium counts, by its name; zeroes for one that nobody has asked for.
  Map<String, TransportCounters> counters() {
    Map<String, TransportCounters> counters = new LinkedHashMap<>();
    media.forEach((scheme, begun) -> counters.put(scheme, begun.counters));
    return counters;
  }

  /// What passes between network interfaces and QUIC.
  NicCounters nicFrames() {
    return nicFrames;
  }

  /// Connects by the medium of the address; one that does not run here fails as a peer would that
  /// is away.
  @Override
  public void dial(String address, EventLoop loop, DialHandler handler) {
    Medium medium;
    try {
      medium = of(address);
    } catch (IllegalStateException unusable) {
      loop.execute(() -> handler.failed(address + ": " + unusable.getMessage()));
      return;
    }
    medium.dial(address, loop, handler);
  }

  /// The ways to a peer by these addresses.
  List<Route> routes(List<String> addresses) {
    return addresses.stream().map(address -> new Route(address, this)).toList();
  }

  /// Listens by the medium of the address; blocks until it is bound.
  ///
  /// @throws IOException if the address cannot be bound, or its medium does not run here
  Acceptor listen(String address, EventLoopGroup loops, Acceptor.AcceptHandler handler)
      throws IOException {
    try {
      return of(address).listen(address, loops, handler);
    } catch (IllegalStateException unusable) {
      throw new IOException(address + ": " + unusable.getMessage(), unusable);
    }
  }

  private synchronized Medium of(String address) {
    Begun begun = media.get(scheme(address));
    if (begun == null) {
      throw unknown(address, "nic://interface");
    }
    if (closed) {
      throw new IllegalStateException("the medium is closed");
    }
    return begun.medium();
  }

  /// Nothing connects from now on; what is connected stays.
  @Override
  public synchronized void close() {
    closed = true;
    media.values().forEach(Begun::close);
  }

  /// A medium, from the first address on that asks for it.
  private static final class Begun {
    final TransportCounters counters;
    private final Function<TransportCounters, Medium> begin;
    private @Nullable Medium medium;

    Begun(TransportCounters counters, Function<TransportCounters, Medium> begin) {
      this.counters = counters;
      this.begin = begin;
    }

    /// @throws IllegalStateException if it does not run here
    Medium medium() {
      Medium known = medium;
      if (known == null) {
        known = begin.apply(counters);
        medium = known;
      }
      return known;
    }

    void close() {
      if (medium != null) {
        medium.close();
      }
    }
  }
}

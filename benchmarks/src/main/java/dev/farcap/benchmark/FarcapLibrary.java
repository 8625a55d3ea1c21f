package dev.farcap.benchmark;

import dev.farcap.link.LinkEndpoint;
import dev.farcap.link.engine.LinkCounters;
import dev.farcap.link.engine.LinkSettings;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.Label;
import dev.farcap.session.Quota;
import dev.farcap.session.SessionGate;
import dev.farcap.session.SessionHost;
import dev.farcap.session.SessionRequest;
import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.EventLoops;
import dev.farcap.transport.Medium;
import dev.farcap.transport.Principal;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.nic.NicCounters;
import dev.farcap.transport.nic.NicMedium;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.quic.QuicMedium;
import dev.farcap.transport.shm.ShmConfig;
import dev.farcap.transport.shm.ShmMedium;
import dev.farcap.transport.shm.Spinning;
import dev.farcap.transport.tls.TlsConfig;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsMedium;
import io.grpc.Channel;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A session over a link over any medium, in the same arrangement as [GrpcLibrary]: callbacks on
/// the loops, one loop for either end, both in this process.
final class FarcapLibrary {
  private static final String TARGET = "library:";

  /// What the link runs over.
  enum Way {
    TLS("tls://127.0.0.1:0"),
    QUIC("quic://127.0.0.1:0"),
    SHM_SPIN("shm://"),
    SHM_SLEEP("shm://"),
    /// Between two hosts of `deploy/netns/hosts`.
    TLS_WIRE("tls://10.203.8.2:0"),
    /// The same, without IP.
    NIC("nic://wire0");

    private static final String MAC_B = "02:fc:00:00:00:0b";

    private final String address;

    Way(String address) {
      this.address = address;
    }

    /// Whether the ends are on two hosts.
    boolean isWire() {
      return this == TLS_WIRE || this == NIC;
    }

    /// Where the server listens; a socket is at a new place, removed with the process.
    private String address() throws IOException {
      if (!address.equals("shm://")) {
        return address;
      }
      Path folder = Files.createTempDirectory("farcap-link");
      folder.toFile().deleteOnExit();
      return address + folder.resolve("link");
    }

    /// Where the client finds it.
    private String dialled(String listening) {
      return this == NIC ? address + "/" + MAC_B : listening;
    }

    /// One loop, on the host of that end if there are two.
    private EventLoopGroup loop(String host) {
      ThreadFactory threads = new DefaultThreadFactory("farcap", true);
      return EventLoops.open(1, isWire() ? Namespace.threads(host, threads) : threads);
    }

    private Medium medium(Realm realm, String name) {
      Realm.Leaf leaf = realm.issue(name);
      TlsCredentials own =
          new TlsCredentials(leaf.key(), List.of(leaf.certificate()), List.of(realm.authority()));
      TransportCounters counters = new TransportCounters();
      return switch (this) {
        case TLS, TLS_WIRE -> new TlsMedium(() -> own, policy(), counters, TlsConfig.DEFAULT);
        case QUIC -> new QuicMedium(() -> own, policy(), counters, QuicConfig.DEFAULT);
        case SHM_SPIN -> new ShmMedium(() -> own, policy(), counters, shm(Spinning.ALWAYS));
        case SHM_SLEEP -> new ShmMedium(() -> own, policy(), counters, shm(Spinning.OFF));
        case NIC ->
            new NicMedium(() -> own, policy(), counters, new NicCounters(), QuicConfig.DEFAULT);
      };
    }

    private static ShmConfig shm(Spinning spinning) {
      return ShmConfig.DEFAULT.withSpinning(spinning);
    }
  }

  /// The holder key of both ends; nothing here is signed by it.
  private static final KeyId NOBODY = new KeyId("00".repeat(KeyId.BYTES));

  private FarcapLibrary() {}

  static Subject subject(Way way) {
    return new Subject.Library("farcap " + way, TARGET + way);
  }

  private static Way way(String target) {
    return Way.valueOf(target.substring(TARGET.length()));
  }

  /// Whether it takes its processors even while nobody calls, and is to be closed meanwhile.
  ///
  /// @param target of a [#subject]
  static boolean spins(String target) {
    return way(target) == Way.SHM_SPIN;
  }

  /// A session to [Echo] at an endpoint started for it.
  ///
  /// @param channel of the session
  record Open(Channel channel, EventLoopGroup serverLoop, EventLoopGroup clientLoop)
      implements AutoCloseable {
    @Override
    public void close() {
      clientLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
      serverLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  /// @param target of a [#subject]
  static Open open(String target) throws IOException {
    Way way = way(target);
    EventLoopGroup serverLoop = way.loop("b");
    EventLoopGroup clientLoop = way.loop("a");
    Realm realm = Realm.create();
    Acceptor door = listen(way, realm, serverLoop);
    LinkEndpoint client = endpoint(clientLoop);
    LinkEndpoint.Route route =
        new LinkEndpoint.Route(way.dialled(door.address()), way.medium(realm, "host-a"));
    Channel channel =
        client
            .dial(Identity.parse("farcap://bench/host-b"), List.of(route))
            .link()
            .open(SessionRequest.of(Echo.SERVICE, Label.of("benchmark")), null, false)
            .channel();
    return new Open(channel, serverLoop, clientLoop);
  }

  /// On a thread of its own, which may be at home on another host.
  private static Acceptor listen(Way way, Realm realm, EventLoopGroup loop) throws IOException {
    FutureTask<Acceptor> listening =
        new FutureTask<>(
            () -> {
              if (way.isWire()) {
                Namespace.enter("b");
              }
              return way.medium(realm, "host-b")
                  .listen(way.address(), loop, endpoint(loop)::accept);
            });
    Thread.ofPlatform().start(listening);
    try {
      return listening.get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static LinkEndpoint endpoint(EventLoopGroup loop) {
    return new LinkEndpoint(
        NOBODY,
        loop.next(),
        LinkSettings.DEFAULT,
        gate(),
        Runnable::run,
        null,
        InstantSource.system(),
        new SecureRandom(),
        new LinkCounters());
  }

  /// Admits whoever the authority has named.
  private static ConnectionPolicy policy() {
    return chain -> {
      String name = chain.getFirst().getSubjectX500Principal().getName().substring("CN=".length());
      return new Principal(
          "farcap://bench/" + name, NOBODY.hex(), chain.getFirst().getNotAfter().toInstant());
    };
  }

  private static SessionGate gate() {
    ServerServiceDefinition echo = Echo.service();
    return (request, peer, _) ->
        new SessionGate.Decision.Accepted(
            request.label(), Quota.DEFAULT, peer.certificateExpires(), _ -> new Host(echo));
  }

  /// A host of one service.
  private record Host(ServerServiceDefinition service) implements SessionHost {
    @Override
    public @Nullable ServerMethodDefinition<?, ?> method(String name) {
      return service.getMethod(Echo.SERVICE + "/" + name);
    }
  }
}

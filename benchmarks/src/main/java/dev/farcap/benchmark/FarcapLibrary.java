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
import dev.farcap.transport.Principal;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.tls.TlsConfig;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsMedium;
import io.grpc.Channel;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A session over a link over mutual TLS 1.3, in the same arrangement as [GrpcLibrary]: callbacks
/// on the loops, one loop for either end, both in this process.
final class FarcapLibrary {
  static final String TARGET = "library:farcap";

  /// The holder key of both ends; nothing here is signed by it.
  private static final KeyId NOBODY = new KeyId("00".repeat(KeyId.BYTES));

  private FarcapLibrary() {}

  /// The channel of a session to [Echo] at an endpoint started for it.
  static Channel channel() throws IOException {
    Realm realm = Realm.create();
    EventLoopGroup serverLoop = loop();
    Acceptor door =
        medium(realm, "host-b")
            .listen("tls://127.0.0.1:0", serverLoop, endpoint(serverLoop)::accept);
    LinkEndpoint client = endpoint(loop());
    LinkEndpoint.Route route = new LinkEndpoint.Route(door.address(), medium(realm, "host-a"));
    return client
        .dial(Identity.parse("farcap://bench/host-b"), List.of(route))
        .link()
        .open(SessionRequest.of(Echo.SERVICE, Label.of("benchmark")), null, false)
        .channel();
  }

  private static EventLoopGroup loop() {
    return EventLoops.open(1, new DefaultThreadFactory("farcap", true));
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

  private static TlsMedium medium(Realm realm, String name) {
    Realm.Leaf leaf = realm.issue(name);
    TlsCredentials credentials =
        new TlsCredentials(leaf.key(), List.of(leaf.certificate()), List.of(realm.authority()));
    return new TlsMedium(() -> credentials, policy(), new TransportCounters(), TlsConfig.DEFAULT);
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

package dev.farcap.services;

import dev.farcap.session.v1.ClosedReply;
import dev.farcap.session.v1.ClosedRequest;
import dev.farcap.session.v1.LifecycleGrpc;
import dev.farcap.session.v1.OpenedReply;
import dev.farcap.session.v1.OpenedRequest;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import java.util.function.Consumer;

/// By this service a server-proxy tells a gRPC server that a session is over, so that the server
/// frees what it keeps for it.
///
/// ```java
/// SessionTable<Lamp> lamps = new SessionTable<>(1_000, caller -> new Lamp());
/// builder
///     .addService(LampSession.serverPerSession(lamps))
///     .addService(SessionLifecycle.of(lamps::ended));
/// ```
///
/// Whoever reaches the server's socket is believed: it should be the proxy alone, as for
/// [dev.farcap.session.SessionCaller]. A service that a program hosts needs none of this: see
/// [dev.farcap.session.SessionEnd].
public final class SessionLifecycle {
  private SessionLifecycle() {}

  /// The service `farcap.session.v1.Lifecycle`, for the server itself.
  ///
  /// @param ended told the name of each session that is over, also of those that made no call; by
  ///   any thread of the server
  public static ServerServiceDefinition of(Consumer<String> ended) {
    return SessionLabel.readBy(new Service(ended));
  }

  private static final class Service extends LifecycleGrpc.LifecycleImplBase {
    private final Consumer<String> ended;

    Service(Consumer<String> ended) {
      this.ended = ended;
    }

    @Override
    public void opened(OpenedRequest request, StreamObserver<OpenedReply> observer) {
      observer.onNext(OpenedReply.getDefaultInstance());
      observer.onCompleted();
    }

    @Override
    public void closed(ClosedRequest request, StreamObserver<ClosedReply> observer) {
      ended.accept(SessionLabel.session());
      observer.onNext(ClosedReply.getDefaultInstance());
      observer.onCompleted();
    }
  }
}

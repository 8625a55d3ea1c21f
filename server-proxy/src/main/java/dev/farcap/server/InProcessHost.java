package dev.farcap.server;

import dev.farcap.session.Companion;
import dev.farcap.session.MetadataKeys;
import dev.farcap.session.SessionHost;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

/// One session served by a service of this process.
final class InProcessHost implements SessionHost {
  private final AcceptedSession session;
  private final ServerServiceDefinition service;
  private final Companions companions;

  InProcessHost(
      AcceptedSession session, String name, ServerServiceDefinition service, EventLoop loop) {
    this.session = session;
    companions = new Companions(session.request().service(), new InProcessAbout(service), loop);
    this.service =
        ServerInterceptors.intercept(service, new OwnKeys(new SessionMetadata(session, name)));
  }

  @Override
  public @Nullable ServerMethodDefinition<?, ?> method(String name) {
    if (Companion.isMethod(name)) {
      return companions.method(name);
    }
    RelayedHost.checkPermitted(session, name);
    return service.getMethod(session.request().service() + "/" + name);
  }

  /// Tells the service about the session, and drops what it answers under our keys.
  private record OwnKeys(SessionMetadata metadata) implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      metadata.accept(headers);
      return next.startCall(new Stripped<>(call), headers);
    }
  }

  private static final class Stripped<Q, R> extends SimpleForwardingServerCall<Q, R> {
    Stripped(ServerCall<Q, R> call) {
      super(call);
    }

    @Override
    public void sendHeaders(Metadata headers) {
      MetadataKeys.strip(headers);
      super.sendHeaders(headers);
    }

    @Override
    public void close(Status status, Metadata trailers) {
      MetadataKeys.strip(trailers);
      super.close(status, trailers);
    }
  }
}

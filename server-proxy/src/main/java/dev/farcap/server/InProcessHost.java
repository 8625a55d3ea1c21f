package dev.farcap.server;

import dev.farcap.session.Companion;
import dev.farcap.session.MetadataKeys;
import dev.farcap.session.SessionCaller;
import dev.farcap.session.SessionEnd;
import dev.farcap.session.SessionHost;
import io.grpc.Context;
import io.grpc.Contexts;
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
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// One session served by a service of this process.
final class InProcessHost implements SessionHost {
  private final AcceptedSession session;
  private final ServerServiceDefinition service;
  private final @Nullable Executor executor;
  private final Companions companions;
  private final SessionEnd end;

  InProcessHost(AcceptedSession session, String name, Backend.InProcess backend, EventLoop loop) {
    this.session = session;
    SessionCaller caller = session.caller(name);
    executor = backend.executor();
    end = new SessionEnd(executor == null ? loop : executor);
    service =
        ServerInterceptors.intercept(
            backend.service(), new Telling(caller, end, new SessionMetadata(caller)));
    companions =
        new Companions(session.request().service(), new InProcessAbout(backend.service()), loop);
  }

  @Override
  public @Nullable Executor executor(String name) {
    return Companion.isMethod(name) ? null : executor;
  }

  @Override
  public @Nullable ServerMethodDefinition<?, ?> method(String name) {
    if (Companion.isMethod(name)) {
      return companions.method(name);
    }
    RelayedHost.checkPermitted(session, name);
    return service.getMethod(session.request().service() + "/" + name);
  }

  @Override
  public void closed(String reason) {
    end.tell();
  }

  /// Tells the service who calls, and drops what it answers under our keys.
  private record Telling(SessionCaller caller, SessionEnd end, SessionMetadata metadata)
      implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      metadata.accept(headers);
      return Contexts.interceptCall(
          end.in(caller.in(Context.current())), new Stripped<>(call), headers, next);
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

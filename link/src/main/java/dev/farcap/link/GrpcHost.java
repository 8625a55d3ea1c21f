package dev.farcap.link;

import dev.farcap.link.engine.CallListener;
import dev.farcap.link.engine.HostedCall;
import dev.farcap.session.Failure;
import dev.farcap.session.SessionHost;
import io.grpc.Metadata;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves the calls of a hosted session by the gRPC method definitions of its [SessionHost].
final class GrpcHost implements CallListener.Host {
  private static final Logger LOG = LoggerFactory.getLogger(GrpcHost.class);

  private final Link link;
  private final SessionHost host;
  private final @Nullable Executor executor;

  GrpcHost(Link link, SessionHost host, @Nullable Executor executor) {
    this.link = link;
    this.host = host;
    this.executor = executor;
  }

  @Override
  public CallListener.Callee begin(
      HostedCall call, String method, byte[][] metadata, @Nullable Long deadlineNanos) {
    ServerMethodDefinition<?, ?> definition;
    try {
      definition = host.method(method);
    } catch (StatusRuntimeException e) {
      Status status = e.getStatus();
      Metadata trailers = e.getTrailers();
      String description = status.getDescription();
      call.finish(
          status.getCode().value(),
          description == null ? "" : description,
          WireMetadata.parts(trailers == null ? new Metadata() : trailers));
      return new Nobody();
    } catch (RuntimeException e) {
      LOG.error("link {}: the host of method {} failed", link.name(), method, e);
      call.fail(Failure.notExecuted(Failure.Kind.FAILED, "the method could not be found"));
      return new Nobody();
    }
    if (definition == null) {
      call.fail(
          Failure.notExecuted(Failure.Kind.UNIMPLEMENTED, "method " + method + " is not there"));
      return new Nobody();
    }
    Executor own = host.executor(method);
    return HostedServerCall.begin(
        link, call, definition, own == null ? executor : own, metadata, deadlineNanos);
  }

  @Override
  public void signalled(long count) {
    guarded(() -> host.signalled(count));
  }

  @Override
  public void closed(String reason) {
    guarded(() -> host.closed(reason));
  }

  /// A host that throws harms neither the link nor other sessions.
  private void guarded(Runnable news) {
    try {
      news.run();
    } catch (RuntimeException e) {
      LOG.error("link {}: the host of a session failed", link.name(), e);
    }
  }

  /// Listens to a call that was answered before it began.
  private static final class Nobody implements CallListener.Callee {
    @Override
    public void message(ByteBuf message) {
      message.release();
    }

    @Override
    public void ready() {}

    @Override
    public void halfClosed() {}

    @Override
    public void cancelled(boolean deadline, String reason) {}

    @Override
    public void completed() {}
  }
}

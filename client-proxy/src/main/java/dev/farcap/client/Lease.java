package dev.farcap.client;

import static dev.farcap.client.FrontDoor.ORIGIN;

import dev.farcap.link.BufferMarshaller;
import dev.farcap.link.Relay;
import dev.farcap.session.MetadataKeys;
import dev.farcap.session.Session;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// One session in use by one connection, and who serves its calls: a relay, or a stand-in.
///
/// Counts its uses (calls, streams, holds). An implicit session is given back once it has had none
/// for the idle time; one timer per lease looks again when that could be, so that a call arms none.
final class Lease implements SessionHolds.Hold {
  private final Session session;
  private final ServerCallHandler<ByteBuf, ByteBuf> handler;
  private final Runnable sessionEnded;
  private final LoopTime time;
  private int uses;
  private long unusedSince;
  private boolean over;

  Lease(Session session, @Nullable StandIn standIn, LoopTime time) {
    this.session = session;
    this.time = time;
    unusedSince = time.nanoTime();
    if (standIn == null) {
      handler = new Relay(session.channel(), ORIGIN, MetadataKeys::strip);
      sessionEnded = () -> {};
    } else {
      StandIn.Mounted mounted = standIn.mount(session);
      handler = served(mounted.service());
      sessionEnded = mounted.sessionEnded();
    }
  }

  /// The methods of a service for calls whose messages are buffers.
  private static ServerCallHandler<ByteBuf, ByteBuf> served(ServerServiceDefinition service) {
    ServerServiceDefinition buffers =
        ServerInterceptors.useMarshalledMessages(service, BufferMarshaller.INSTANCE);
    return (call, headers) -> {
      @SuppressWarnings("unchecked") // useMarshalledMessages has made every method one of buffers
      ServerMethodDefinition<ByteBuf, ByteBuf> method =
          (ServerMethodDefinition<ByteBuf, ByteBuf>)
              buffers.getMethod(call.getMethodDescriptor().getFullMethodName());
      if (method == null) {
        call.close(Status.UNIMPLEMENTED.withDescription("no such method"), new Metadata());
        return new ServerCall.Listener<>() {};
      }
      MetadataKeys.strip(headers);
      return method.getServerCallHandler().startCall(call, headers);
    };
  }

  @Override
  public Session session() {
    return session;
  }

  /// Whether new calls may use it.
  boolean isUsable() {
    return switch (session.state()) {
      case OPENING, ACTIVE, SUSPENDED -> !over;
      case CLOSING, CLOSED -> false;
    };
  }

  /// Looks for idleness from now on.
  ///
  /// @param idle told once, when there was no use for so long
  void watchIdle(long idleNanos, Runnable idle) {
    time.schedule(() -> lookIdle(idleNanos, idle), idleNanos);
  }

  private void lookIdle(long idleNanos, Runnable idle) {
    if (over) {
      return;
    }
    long unused = uses > 0 ? 0 : time.nanoTime() - unusedSince;
    if (unused >= idleNanos) {
      idle.run();
    } else {
      time.schedule(() -> lookIdle(idleNanos, idle), idleNanos - unused);
    }
  }

  /// The session has ended.
  void ended() {
    if (!over) {
      over = true;
      sessionEnded.run();
    }
  }

  ServerCall.Listener<ByteBuf> startCall(ServerCall<ByteBuf, ByteBuf> call, Metadata headers) {
    use();
    boolean started = false;
    try {
      ServerCall.Listener<ByteBuf> listener = new Using(handler.startCall(call, headers));
      started = true;
      return listener;
    } finally {
      if (!started) {
        close();
      }
    }
  }

  /// One use more; [#close()] is one less.
  void use() {
    uses++;
  }

  @Override
  public void close() {
    uses--;
    unusedSince = time.nanoTime();
  }

  private final class Using extends SimpleForwardingServerCallListener<ByteBuf> {
    Using(ServerCall.Listener<ByteBuf> listener) {
      super(listener);
    }

    @Override
    public void onCancel() {
      close();
      super.onCancel();
    }

    @Override
    public void onComplete() {
      close();
      super.onComplete();
    }
  }
}

package dev.farcap.client;

import dev.farcap.link.BufferMarshaller;
import dev.farcap.session.MetadataKeys;
import dev.farcap.session.Session.CloseReason;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;

/// The calls of one label, served by a [StandIn]. On the door's loop.
final class StoodIn implements ServerCallHandler<ByteBuf, ByteBuf> {
  private final ReopeningChannel server;
  private final ServerServiceDefinition service;
  private final Uses uses;

  StoodIn(ReopeningChannel server, StandIn standIn, LoopTime time) {
    this.server = server;
    service =
        ServerInterceptors.useMarshalledMessages(standIn.mount(server), BufferMarshaller.INSTANCE);
    uses = new Uses(time);
  }

  /// Looks for idleness of programs and stand-in from now on.
  void watchIdle(long idleNanos, Runnable idle) {
    uses.watchIdle(
        idleNanos,
        () -> {
          if (!server.isBusy()) {
            idle.run();
          }
        });
  }

  @Override
  public ServerCall.Listener<ByteBuf> startCall(
      ServerCall<ByteBuf, ByteBuf> call, Metadata headers) {
    @SuppressWarnings("unchecked") // useMarshalledMessages has made every method one of buffers
    ServerMethodDefinition<ByteBuf, ByteBuf> method =
        (ServerMethodDefinition<ByteBuf, ByteBuf>)
            service.getMethod(call.getMethodDescriptor().getFullMethodName());
    if (method == null) {
      call.close(Status.UNIMPLEMENTED.withDescription("no such method"), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    MetadataKeys.strip(headers);
    return uses.startCall(method.getServerCallHandler(), call, headers);
  }

  void close(CloseReason reason) {
    uses.stop();
    server.retire(reason);
  }
}

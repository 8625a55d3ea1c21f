package dev.farcap.client;

import static dev.farcap.client.FrontDoor.ORIGIN;

import dev.farcap.link.Relay;
import dev.farcap.session.MetadataKeys;
import dev.farcap.session.Session;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.netty.buffer.ByteBuf;

/// One session in use by one connection, and the relay that serves its calls.
final class Lease implements SessionHolds.Hold, ServerCallHandler<ByteBuf, ByteBuf> {
  private final Session session;
  private final Relay relay;
  private final Uses uses;
  private boolean over;

  Lease(Session session, LoopTime time) {
    this.session = session;
    relay = new Relay(session.channel(), ORIGIN, MetadataKeys::strip);
    uses = new Uses(time);
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
  void watchIdle(long idleNanos, Runnable idle) {
    uses.watchIdle(idleNanos, idle);
  }

  /// The session has ended.
  void ended() {
    over = true;
    uses.stop();
  }

  @Override
  public ServerCall.Listener<ByteBuf> startCall(
      ServerCall<ByteBuf, ByteBuf> call, Metadata headers) {
    return uses.startCall(relay, call, headers);
  }

  /// One use more; [#close()] is one less.
  void use() {
    uses.begin();
  }

  @Override
  public void close() {
    uses.end();
  }
}

package dev.farcap.server;

import dev.farcap.link.BufferMarshaller;
import dev.farcap.link.Relay;
import dev.farcap.session.Companion;
import dev.farcap.session.Failure;
import dev.farcap.session.SessionHost;
import io.grpc.ServerMethodDefinition;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One session served by a gRPC server: every permitted method is relayed, known or not.
final class RelayedHost implements SessionHost {
  /// Method names remembered; the peer chooses them, so there is a bound.
  private static final int METHODS_MAX = 128;

  private final AcceptedSession session;
  private final Relay relay;
  private final SessionMetadata metadata;
  private final Lifecycle lifecycle;
  private final Companions companions;
  private final Map<String, ServerMethodDefinition<ByteBuf, ByteBuf>> methods = new HashMap<>();

  RelayedHost(AcceptedSession session, String name, BackendChannel channel) {
    this.session = session;
    metadata = new SessionMetadata(session.caller(name));
    relay = new Relay(channel, BackDoor.ORIGIN, metadata, channel::isConnected);
    lifecycle = channel.lifecycle();
    lifecycle.opened(session.request().service(), metadata);
    companions = new Companions(session.request().service(), channel.about(), channel.loop());
  }

  @Override
  public @Nullable ServerMethodDefinition<?, ?> method(String name) {
    return Companion.isMethod(name) ? companions.method(name) : relayed(name);
  }

  private ServerMethodDefinition<?, ?> relayed(String name) {
    checkPermitted(session, name);
    ServerMethodDefinition<ByteBuf, ByteBuf> known = methods.get(name);
    if (known != null) {
      return known;
    }
    ServerMethodDefinition<ByteBuf, ByteBuf> fresh =
        ServerMethodDefinition.create(
            BufferMarshaller.method(session.request().service() + "/" + name), relay);
    if (methods.size() < METHODS_MAX) {
      methods.put(name, fresh);
    }
    return fresh;
  }

  static void checkPermitted(AcceptedSession session, String method) {
    if (!session.permitted().test(method)) {
      throw Failure.notExecuted(Failure.Kind.REFUSED, "session may not call " + method)
          .exception(BackDoor.ORIGIN);
    }
  }

  @Override
  public void closed(String reason) {
    lifecycle.closed(session.request().service(), reason, metadata);
  }
}

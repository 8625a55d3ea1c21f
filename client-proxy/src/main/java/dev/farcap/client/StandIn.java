package dev.farcap.client;

import dev.farcap.session.Session;
import io.grpc.Channel;
import io.grpc.ServerServiceDefinition;
import java.util.function.Function;

/// Answers the calls of a service in the server's place, at the client's side: a cache, a spool.
///
/// Mounted per service; made once for each session of it.
@FunctionalInterface
public interface StandIn {
  /// Makes what serves one session's calls. Called on the door's loop; must not block.
  ///
  /// @param session leads to the server; the door closes it when it is not used any more
  Mounted mount(Session session);

  /// A stand-in that needs to know nothing but the channel to the server.
  static StandIn of(Function<Channel, ServerServiceDefinition> service) {
    return session -> new Mounted(service.apply(session.channel()), () -> {});
  }

  /// What serves one session.
  ///
  /// @param service has the methods of the service, and runs on the door's loop: it must not block
  /// @param sessionEnded called once when the session is over; its channel is of no use then
  record Mounted(ServerServiceDefinition service, Runnable sessionEnded) {}
}

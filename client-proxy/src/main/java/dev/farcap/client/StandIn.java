package dev.farcap.client;

import io.grpc.Channel;
import io.grpc.ServerServiceDefinition;

/// Answers the calls of a service in the server's place, at the client's side: a cache, a spool.
///
/// Mounted per service; made once for each label that programs of a listener ask for. It outlives
/// their connections and the sessions it uses, so that what a program left with it reaches the
/// server also after the program has gone or the server was away.
@FunctionalInterface
public interface StandIn {
  /// Makes what serves the calls of one label. Called on the door's loop; it and the service must
  /// not block.
  ///
  /// @param server leads to the server; a call opens a session where there is none, and fails with
  ///   the reason where none can be opened. Any thread.
  ServerServiceDefinition mount(Channel server);
}

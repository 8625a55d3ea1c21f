package dev.farcap.node;

import java.util.concurrent.atomic.LongAdder;

/// What a client-proxy did with the sessions that programs asked for.
final class ClientCounters {
  /// Asked of a server.
  final LongAdder opened = new LongAdder();

  /// Refused here because no rule leads anywhere.
  final LongAdder refusedRoute = new LongAdder();

  /// Refused here for want of a grant.
  final LongAdder refusedGrant = new LongAdder();

  /// Not opened because no link leads to the provider.
  final LongAdder refusedLink = new LongAdder();

  /// Refused by the server.
  final LongAdder refusedPeer = new LongAdder();

  /// Closed because their route has changed.
  final LongAdder rerouted = new LongAdder();
}

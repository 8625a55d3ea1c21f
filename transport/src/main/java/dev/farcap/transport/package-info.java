/// Media: whole frames between two proven peers.
///
/// Reading order: [Connection] and [ConnectionListener] (the contract), [Principal] and
/// [ConnectionPolicy] (who is at the other end), [Dialer] and [Acceptor] (how connections come to
/// be), [Medium] (both), [HostAddress] (where, over IP), [TransportCounters] and [PathFacts] (what
/// is known of a medium and of one way). [UnixSocketPath] guards the files of local sockets; a
/// [LoopBudget] is what one peer may cost the loop. Media stand in sub-packages, which only node
/// wires: `tls` and `quic`, which share `stream`, `shm` and `inprocess`; `faulty` makes any of them
/// as bad as it is told to be. A medium is ordered, reliable and authenticated, has backpressure,
/// and knows neither protobuf nor sessions.
@NullMarked
package dev.farcap.transport;

import org.jspecify.annotations.NullMarked;

/// Local gRPC listeners: what the front door and a server-proxy's `local` listener are both made
/// of; and what both proxies bound and write down alike.
///
/// Reading order: [DoorAddress] (where), [DoorLimits] (how much), [Door] (the listener), [Caller]
/// (who is at the other end of a connection), [DoorHealth] (grpc.health.v1 as far as a door can
/// answer it), [Arrivals] (how much of messages that are not complete); [AuditLog] (what was
/// decided), [Rates] (how often a second).
///
/// A door and everything it calls run on one event loop; nothing here knows sessions or routes.
@NullMarked
package dev.farcap.door;

import org.jspecify.annotations.NullMarked;

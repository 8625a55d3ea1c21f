/// The front door: looks like the server to programs of this host.
///
/// ```
///   program ──call──▶ Door ──▶ FrontDoor ──▶ SessionTable ──▶ Lease ──▶ Relay ──▶ Session.channel()
///                                                                └────▶ StandIn
/// ```
///
/// Reading order: [FrontDoorConfig], [FrontDoor] (any call in, a session's call out),
/// `SessionTable` (which session a call belongs to), `Lease` (one session in use, and when it is
/// given back), [StandIn] (what may answer in a server's place), [SessionHolds] (for services that
/// keep sessions alive). Then what programs may know: [Reach], `ServiceHealth`, `Catalog`
/// (reflection), `CompanionSessions` (how servers are asked).
///
/// Everything runs on the door's event loop, which must be that of the sessions. Nothing here knows
/// a route, a grant, or what any service means.
@NullMarked
package dev.farcap.client;

import org.jspecify.annotations.NullMarked;

/// Gatekeeper and back door: looks like the program to the servers behind it.
///
/// ```
///   link ──open──▶ Gatekeeper ──accepted──▶ BackDoor ──▶ SessionHost
///   link ──call──▶ SessionHost.method ──▶ Relay ──▶ BackendChannel ──▶ server
///                                    └──▶ in-process service
/// ```
///
/// Reading order: [Gatekeeper] (whether a session opens), [Backend] and [Target] (what may serve
/// it), [BackDoor] (makes the hosts of accepted sessions), `RelayedHost` and `InProcessHost`,
/// `BackendChannel` (the gRPC leg to one server), `Companions` and `BackendAbout` (what peers learn
/// about an interface), [LocalListener] (for the servers themselves).
///
/// The gatekeeper is thread-safe and asked off the loop; everything else runs on the link's loop.
/// Nothing here knows what any service means.
@NullMarked
package dev.farcap.server;

import org.jspecify.annotations.NullMarked;

/// Where a session goes: init's routes at the client's side, policies at the server's.
///
/// In comes a [RouteQuery] (listener, service, label) and a [DirectorySnapshot]; out comes a
/// [Decision]: [Decision.Routed] with the provider and the label to open there, or
/// [Decision.Denied] with the reason. [Router] decides, and explains the same decision step by step
/// in an [Explanation]. At the server [Policies] choose what serves an effective label.
///
/// Both are pure functions: no I/O, no clock, no thread, the same answer for the same question. The
/// meaning is Genode's: rules in document order, first match wins; policies, most specific wins.
/// Whether a provider is connected is not asked: a session to one that is not waits, which is the
/// business of the caller.
///
/// A [Directory] keeps the newest snapshot. Its kinds live in sub-packages: `routing.file`,
/// `routing.consul`.
///
/// Reading order: [RouteQuery], [Rule] with [Selector] and [Target], [Router], [Decision],
/// [Policies], [Directory].
@NullMarked
package dev.farcap.routing;

import org.jspecify.annotations.NullMarked;

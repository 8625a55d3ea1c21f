/// Signals for gRPC programs: `farcap.signal.v1.Signals` in front of a
/// [dev.farcap.session.SignalPort].
///
/// [SignalsService] is served at every listener of a proxy, one instance each: what one listener's
/// programs made, another's cannot receive. Runs on whatever thread the door calls it.
/// [ChannelSignals] is the other end: the port of a program that has a channel to such a listener.
@NullMarked
package dev.farcap.signals;

import org.jspecify.annotations.NullMarked;

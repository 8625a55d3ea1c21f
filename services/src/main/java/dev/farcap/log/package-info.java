/// LOG: lines of many programs in one place, each exactly once. The concept is in `log.proto`.
///
/// What enters: lines, at a program's side of a link. What leaves: lines with the effective label
/// of their writers, in a file or to a consumer, in each writer's order.
///
/// Reading order: [LogLine] and [LogText] (the words); the program's side: [LogSpool] (the core,
/// with its numbers) and [LogStandIn] (its shell); the sink's side: [LogLedger] (the core),
/// [LogServer] (its shell and only writer) with [LogEvent], [LogSink], [LogFile] (why exactly once)
/// and [LogFollowers].
///
/// Threads: a stand-in has none; a sink has one that writes. Nothing here waits for a network.
@NullMarked
package dev.farcap.log;

import org.jspecify.annotations.NullMarked;

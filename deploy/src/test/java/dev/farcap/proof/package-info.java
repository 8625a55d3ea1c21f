/// What Farcap promises its users, proven from outside: real programs at real sockets, and where it
/// says so two real processes.
///
/// Reading order: `Pair` (what every test talks to) and its two kinds, `LibraryPair` and
/// `ProcessPair`; `Backend`, `Program`, `Exchange` (a gRPC server, a gRPC program and one call of
/// it); then the tests, each named for its promise.
@NullMarked
package dev.farcap.proof;

import org.jspecify.annotations.NullMarked;

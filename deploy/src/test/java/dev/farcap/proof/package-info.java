/// What Farcap promises its users, proven from outside: real programs at real sockets, and where it
/// says so two real processes.
///
/// Reading order: `Pair` (what every test talks to) and its two kinds, `LibraryPair` and
/// `ProcessPair`; `Backend`, `Program`, `Exchange` (a gRPC server, a gRPC program and one call of
/// it); `NetworkSegment` and its `NetworkHost`s, with a `Workload` between two of them, where the
/// network matters; then the tests, each named for its promise.
///
/// What users of proxies complain about, and the test that it is not so here:
///
/// | complaint | test |
/// |---|---|
/// | cancellations do not reach the server | `CancellationProofTest` |
/// | idle streams are cut | `IdleStreamProofTest` |
/// | the server's status, details and trailers are replaced | `StatusProofTest`, `RelayMatrixTest` |
/// | a reload drops calls | `ReloadProofTest` |
/// | nobody says why a call was refused | `RefusalProofTest`, `TargetProofTest` |
/// | parts must start and stop in the right order | `StartOrderProofTest` |
/// | memory grows with slow readers | `MemoryProofTest` |
/// | the server does not know who calls | `CallerProofTest` |
@NullMarked
package dev.farcap.proof;

import org.jspecify.annotations.NullMarked;

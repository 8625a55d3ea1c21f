/// Measures Farcap beside what its users have today, on one machine in one run.
///
/// Reading order: [Benchmarks] (the command), [Suite] (what is measured), [Comparison] (calls
/// beside a peer's; every other [Measurement] stands in a file of its own), [SubjectKind] and
/// [Subject] (who), [NativePair] (pairs of other programs), [Load] and [ClosedLoop] (by what),
/// [Rounds] (how often), [Outcome], [Bounds] and [Report] (what is said of it). Every subject and
/// every load generator runs in processes of its own; [Worker] and [EchoBackend] are their main
/// classes, [ChildJvm] is this side of them. A new pair is one class that implements
/// [NativePair.Program], one constant of [SubjectKind] and one line in [Suite].
///
/// Nothing here is part of the product, and no figure is a promise: only the ratios of one run are
/// compared with bounds.
@NullMarked
package dev.farcap.benchmark;

import org.jspecify.annotations.NullMarked;

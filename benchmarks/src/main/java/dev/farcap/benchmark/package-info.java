/// Measures Farcap beside what its users have today, on one machine in one run.
///
/// Reading order: [Peers] (the command), [Comparison] (what is compared), [SubjectKind] and
/// [Subject] (who), [Load] and [ClosedLoop] (by what), [Rounds] (how often and in which order),
/// [Bounds] and [Report] (against what, and what is said of it). Every subject and every load
/// generator runs in processes of its own; [Worker] and [EchoBackend] are their main classes,
/// [ChildJvm] is this side of them. A new peer is one class that implements [Subject], one constant
/// of [SubjectKind] and one line in [Comparison].
///
/// Nothing here is part of the product, and no figure is a promise: only the ratios of one run are
/// compared with bounds.
@NullMarked
package dev.farcap.benchmark;

import org.jspecify.annotations.NullMarked;

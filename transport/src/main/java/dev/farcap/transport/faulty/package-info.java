/// Media with faults: as slow, stuck or broken as a test or an operator commands.
///
/// A fault at the frame level never alters, reorders or doubles a frame, since no medium may: what
/// a bad network does to a reliable connection is to delay, to stand still and to end. Below QUIC
/// it does more: [FaultyDatagrams] loses, repeats, delays and spoils packets by seed, and falls
/// silent for good.
///
/// Reading order: [FaultyLine] (what is commanded), [LineQuality], [Direction], `FaultyConnection`
/// (one connection over such a line), `Lane` (one direction of it); [DatagramFaults],
/// [FaultyDatagrams].
@NullMarked
package dev.farcap.transport.faulty;

import org.jspecify.annotations.NullMarked;

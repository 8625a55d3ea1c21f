/// Connections inside one process, for tests and for programs that live beside their proxy.
///
/// Reading order: [InProcessNetwork] (where the ends meet), `InProcessConnection` (one end), `Pipe`
/// (one direction). A frame changes hands by reference: what was sent is what arrives. The ends may
/// belong to different loops.
@NullMarked
package dev.farcap.transport.inprocess;

import org.jspecify.annotations.NullMarked;

/// The link as a state machine without I/O, clock or thread, which `dev.farcap.link` drives on
/// Netty and tests drive in a simulator.
///
/// **What enters**: frames, the loss of a connection, what users ask for, time. **What leaves**:
/// effects, by [LinkDriver].
///
/// Reading order: [LinkEngine]; [Frame], `FrameReader` and `FrameWriter` (what goes over the wire);
/// `Outbox` (what is kept until it is acknowledged); [OwnSession] and [HostedSession]; [OwnCall]
/// and [HostedCall], with [CallListener]; `MessageSender`, `MessageReceiver` and the windows
/// (credit); [SendRoom] and `LongMessageRoom` (what may wait here); [Limits] and `ControlBudget`
/// (bounds). One thread at a time. Never here: a channel, an executor, a lock, a clock, and what a
/// message means.
@NullMarked
package dev.farcap.link.engine;

import org.jspecify.annotations.NullMarked;

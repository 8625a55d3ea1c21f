/// Timer: time-outs by signal. The concept is in `timer.proto`.
///
/// [TimerServer] serves sessions, `TimerState` is one session's timer. Everything that is due runs
/// on the scheduler given, and only raises a signal.
@NullMarked
package dev.farcap.timer;

import org.jspecify.annotations.NullMarked;

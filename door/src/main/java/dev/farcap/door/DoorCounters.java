package dev.farcap.door;

import java.util.concurrent.atomic.LongAdder;

/// What a door has done and refused since it was opened. Read by any thread.
public final class DoorCounters {
  /// Connections taken.
  public final LongAdder connections = new LongAdder();

  /// Connections of those that are open.
  public final LongAdder connectionsOpen = new LongAdder();

  /// Connections closed because of their user.
  public final LongAdder refusedUsers = new LongAdder();

  /// Connections closed because there were too many.
  public final LongAdder refusedConnections = new LongAdder();

  /// Calls taken.
  public final LongAdder calls = new LongAdder();

  /// Calls of those in flight.
  public final LongAdder callsOpen = new LongAdder();

  /// Calls ended because there were too many.
  public final LongAdder refusedCalls = new LongAdder();

  /// Calls ended because too much was here of messages that were not complete.
  public final LongAdder refusedMessages = new LongAdder();

  /// Connections closed because nothing but empty data came.
  public final LongAdder cutOff = new LongAdder();

  /// Times that a connection was left unread for a moment, because its control frames cost too
  /// much.
  public final LongAdder slowed = new LongAdder();
}

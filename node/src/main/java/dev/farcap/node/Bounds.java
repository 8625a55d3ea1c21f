package dev.farcap.node;

import dev.farcap.client.FrontDoor;
import dev.farcap.door.Door;
import dev.farcap.door.DoorCounters;
import dev.farcap.link.engine.LinkCounters;
import dev.farcap.server.BackDoor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says in the log when a bound has refused something: one line for each bound and look, however
/// much it was. Used by one thread.
final class Bounds {
  private static final Logger LOG = LoggerFactory.getLogger(Bounds.class);

  private final List<Bound> bounds = new ArrayList<>();

  /// One that is looked at.
  private static final class Bound {
    private final String what;
    private final LongAdder refused;
    private long seen;

    Bound(String what, LongAdder refused) {
      this.what = what;
      this.refused = refused;
    }

    void look() {
      long now = refused.sum();
      if (now > seen) {
        LOG.warn("{}: {} more, {} since the start", what, now - seen, now);
        seen = now;
      }
    }
  }

  void watch(LinkCounters links) {
    bounds.add(new Bound("calls and sessions refused at a bound of a link", links.overloaded));
    bounds.add(new Bound("links slowed, their peers ask for too much", links.slowed));
  }

  void watch(BackDoor backDoor) {
    bounds.add(new Bound("answers refused, too many had begun", backDoor.overloaded()));
  }

  void watch(String listener, FrontDoor door) {
    watch(listener, door.doorCounters());
  }

  void watch(@Nullable Door local) {
    if (local != null) {
      watch(local.name(), local.counters());
    }
  }

  private void watch(String listener, DoorCounters door) {
    bounds.add(
        new Bound("listener " + listener + ": calls refused at its bound", door.refusedCalls));
    bounds.add(
        new Bound(
            "listener " + listener + ": connections refused at its bound",
            door.refusedConnections));
    bounds.add(
        new Bound(
            "listener " + listener + ": calls refused, too many messages had begun",
            door.refusedMessages));
    bounds.add(new Bound("listener " + listener + ": connections cut off, a flood", door.cutOff));
    bounds.add(
        new Bound(
            "listener " + listener + ": connections slowed, too many control frames", door.slowed));
  }

  /// Looks now.
  void look() {
    bounds.forEach(Bound::look);
  }
}

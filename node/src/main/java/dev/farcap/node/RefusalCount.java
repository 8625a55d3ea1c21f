package dev.farcap.node;

import dev.farcap.client.FrontDoor;
import dev.farcap.client.FrontDoorCounters;
import dev.farcap.door.DoorCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// How often a node has refused something for one reason.
///
/// @param listener that refused it; null where the refusal is not one listener's
/// @param reason one word, as metrics have it
record RefusalCount(@Nullable String listener, String reason, LongAdder count) {
  /// All that there are, also those of nothing yet.
  ///
  /// @param node whose doors are open
  static List<RefusalCount> of(Node node) {
    List<RefusalCount> counts = new ArrayList<>();
    counts.add(new RefusalCount(null, "gate", node.counters().links().refused));
    ClientProxy client = node.client();
    if (client != null) {
      ClientCounters sessions = client.counters();
      counts.add(new RefusalCount(null, "route", sessions.refusedRoute));
      counts.add(new RefusalCount(null, "grant", sessions.refusedGrant));
      counts.add(new RefusalCount(null, "link", sessions.refusedLink));
      counts.add(new RefusalCount(null, "peer", sessions.refusedPeer));
      List<FrontDoor> doors = client.doors();
      for (int i = 0; i < doors.size(); i++) {
        counts.addAll(of(client.config().listeners().get(i).door().name(), doors.get(i)));
      }
    }
    return counts;
  }

  private static List<RefusalCount> of(String name, FrontDoor opened) {
    DoorCounters door = opened.doorCounters();
    FrontDoorCounters front = opened.counters();
    return List.of(
        new RefusalCount(name, "user", door.refusedUsers),
        new RefusalCount(name, "connections", door.refusedConnections),
        new RefusalCount(name, "calls", door.refusedCalls),
        new RefusalCount(name, "messages", door.refusedMessages),
        new RefusalCount(name, "flood", door.cutOff),
        new RefusalCount(name, "sessions", front.refusedBound),
        new RefusalCount(name, "invalid", front.refusedInvalid));
  }
}

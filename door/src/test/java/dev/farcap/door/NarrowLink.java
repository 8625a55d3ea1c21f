package dev.farcap.door;

import dev.farcap.link.LongMessageTaker;
import java.util.ArrayDeque;
import java.util.Deque;

/// A link with some room, first asked first served.
final class NarrowLink {
  private int room;
  private final Deque<Taker> asking = new ArrayDeque<>();
  private int free;
  int announced;

  /// @param room in bytes
  NarrowLink(int room) {
    this.room = room;
    free = room;
  }

  /// From now on there is no room at all.
  void narrow() {
    room = 0;
    free = 0;
  }

  int taken() {
    return room - free;
  }

  /// Whether somebody waits.
  boolean isAsked() {
    return !asking.isEmpty();
  }

  private void grant() {
    for (Taker next; (next = asking.peek()) != null && next.asked <= free; ) {
      asking.remove();
      next.take();
      next.granted.run();
    }
  }

  /// One call of it.
  static final class Taker implements LongMessageTaker {
    private final NarrowLink link;
    private int asked;
    private int taken;
    private Runnable granted = () -> {};

    Taker(NarrowLink link) {
      this.link = link;
    }

    @Override
    public boolean announce(int bytes, Runnable room) {
      // What came before is complete, and sent as far as this test goes.
      sent();
      link.announced++;
      asked = bytes;
      granted = room;
      if (link.asking.isEmpty() && bytes <= link.free) {
        take();
        return true;
      }
      link.asking.add(this);
      return false;
    }

    private void take() {
      taken = asked;
      link.free -= taken;
    }

    @Override
    public void withdraw() {
      link.asking.remove(this);
      sent();
    }

    boolean hasRoom() {
      return taken > 0;
    }

    /// What it has is sent.
    void sent() {
      link.free += taken;
      taken = 0;
      link.grant();
    }
  }
}

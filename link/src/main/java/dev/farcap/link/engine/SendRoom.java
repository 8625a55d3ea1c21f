package dev.farcap.link.engine;

import java.util.LinkedHashSet;
import java.util.function.Consumer;

/// Room for messages that wait to be sent over all links of a process, and for long ones that are
/// on their way to it.
///
/// *Theory.* A long message that comes over HTTP/2 gets room here before it gets the window for the
/// rest of itself; until then it waits at its sender. So where a link is slower than what feeds it,
/// messages wait and none is refused. Others come as they are, and are refused when there is too
/// much.
///
/// Links, and sessions of a link, have their parts by what all together leave free (dynamic queue
/// length thresholds, Choudhury and Hahne 1998): one that takes nothing holds up itself, and some
/// is left for whoever has little. As a link has its part, too, a peer gets no more by opening more
/// sessions. A long message may begin while its session, its link and the longest message fit into
/// what is free: as this does not depend on its own length, none is overtaken for ever by shorter
/// ones. The others may have four times as much: that is what they have when links do not keep up
/// with short messages.
///
/// Who waits is served in turn, link by link and session by session, in the order of asking within
/// a session. A link that may have no more is passed over, however many wait there.
///
/// Bound to the thread of the engines.
public final class SendRoom {
  /// A sixth of what the launcher allows beside the heap, as messages that came over HTTP/2 lie in
  /// buffers that are little more than half full.
  static final long BYTES_MAX = 28 << 20;

  private static final long LONGEST_BYTES = Limits.DEFAULT.messageBytes();
  private static final int ALPHA = 4;

  private final Consumer<Runnable> later;
  private final LinkedHashSet<Share> asking = new LinkedHashSet<>();
  private long held;
  private boolean granting;

  /// @param later runs tasks on the same thread, none within another
  public SendRoom(Consumer<Runnable> later) {
    this.later = later;
  }

  /// What waits, and what was set aside.
  long bytes() {
    return held;
  }

  private long free() {
    return BYTES_MAX - held;
  }

  /// Whether somebody who has that much may have more, with the first message of whatever length.
  private boolean fits(long has, int more, long most) {
    return has == 0 || has + more <= ALPHA * Math.min(most, free() - more);
  }

  private void grantSoon() {
    if (!granting && !asking.isEmpty()) {
      granting = true;
      later.accept(this::grant);
    }
  }

  private void grant() {
    granting = false;
    for (int left = asking.size(); left > 0; left--) {
      Share next = asking.removeFirst();
      boolean granted = next.grantOne();
      if (!next.asking.isEmpty()) {
        asking.add(next);
      }
      if (granted) {
        left = asking.size() + 1;
      }
    }
  }

  /// The part of one link.
  final class Share {
    private final LinkedHashSet<WaitingBytes> asking = new LinkedHashSet<>();
    private long held;

    /// Whether a message may be added to a session's, here and now; one alone may be of any length.
    ///
    /// @param has what the session has
    /// @param quota of which it may have four times as much
    boolean fits(long has, int more, long quota) {
      SendRoom all = SendRoom.this;
      return all.held == 0
          || (more <= all.free() && all.fits(has, more, quota) && all.fits(held, more, BYTES_MAX));
    }

    /// Whether a long message may begin to come to a session.
    ///
    /// @param has what the session has
    boolean takes(long has, int bytes) {
      SendRoom all = SendRoom.this;
      return all.held == 0 || has + held + Math.max(bytes, LONGEST_BYTES) <= all.free();
    }

    /// Counts bytes, or what is gone if negative.
    void add(long more) {
      held += more;
      SendRoom.this.held += more;
      if (more < 0) {
        grantSoon();
      }
    }

    /// The session is told by [WaitingBytes#grantFirst()].
    void ask(WaitingBytes session) {
      asking.add(session);
      SendRoom.this.asking.add(this);
    }

    void askNoMore(WaitingBytes session) {
      asking.remove(session);
      if (asking.isEmpty()) {
        SendRoom.this.asking.remove(this);
      }
    }

    private boolean grantOne() {
      for (int left = asking.size(); left > 0 && takes(0, 0); left--) {
        WaitingBytes next = asking.removeFirst();
        boolean granted = next.grantFirst();
        if (next.isAsking()) {
          asking.add(next);
        }
        if (granted) {
          return true;
        }
      }
      return false;
    }
  }
}

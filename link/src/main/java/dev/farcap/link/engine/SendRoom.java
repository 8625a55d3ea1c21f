package dev.farcap.link.engine;

import java.util.function.Consumer;

/// Room for messages that wait to be sent over all links of a process, and for long ones that are
/// on their way to it.
///
/// *Theory.* A long message that comes over HTTP/2 gets room here before it gets the window for the
/// rest of itself; until then it waits at its sender. So where a link is slower than what feeds it,
/// messages wait and none is refused. Others come as they are, and are refused when there is too
/// much.
///
/// Peers, and sessions of a peer, have their parts by what all together leave free (dynamic queue
/// length thresholds, Choudhury and Hahne 1998): one that takes nothing holds up itself, and some
/// is left for whoever has little. As a peer has its part, too, it gets no more by opening more
/// sessions or links. A long message may begin while its session, its peer and the longest fit into
/// what is free: as this does not depend on its own length, none is overtaken for ever by shorter
/// ones. What comes unasked may be four times as much as is free: that is what there is when links
/// do not keep up.
///
/// Short messages and long ones have an account each ([ByLength]) with session, peer and all, and
/// long ones leave a seventh of the room to short ones: a short one is never refused because of
/// long ones.
///
/// A stream that has nothing waiting is not ready, either, while its session and its peer have as
/// much of short messages as is free; it is told when that has changed. So streams whose peer takes
/// nothing slow down before anything is refused. Nothing is set aside for them: what was asked for
/// before may still come, up to four times as much as is free.
///
/// Who waits is served in turn, peer by peer and session by session, in the order of asking within
/// a session; who comes meanwhile waits, too. A peer that may have no more is passed over, however
/// many wait there.
///
/// Bound to the thread of the engines.
public final class SendRoom {
  /// The least that a process needs: seven of the longest messages, of usual limits.
  public static final long LEAST_BYTES = 28 << 20;

  private static final int ALPHA = 4;

  /// One part in so many is for short messages alone.
  private static final int SHORT_PARTS = 7;

  private final long bytesMax;
  private final long longestBytes;
  private final Consumer<Runnable> later;
  private final Turns<Share> asking = new Turns<>();
  private final Turns<Share> crowded = new Turns<>();
  private final ByLength held = new ByLength();
  private boolean granting;

  /// @param bytesMax how much there is, at least [#LEAST_BYTES]
  /// @param longestBytes of the longest message that is usual
  /// @param later runs tasks on the same thread, none within another
  public SendRoom(long bytesMax, long longestBytes, Consumer<Runnable> later) {
    this.bytesMax = bytesMax;
    this.longestBytes = longestBytes;
    this.later = later;
  }

  /// A part for one more peer, which all links to it share.
  public Share newShare() {
    return new Share();
  }

  /// What waits, and what was set aside.
  long bytes() {
    return held.all();
  }

  private long free(boolean forLong) {
    return bytesMax - held.all() - (forLong ? bytesMax / SHORT_PARTS : 0);
  }

  /// Whether somebody who has that much may have more, with the first message of whatever length.
  private static boolean fits(long has, int more, long most) {
    return has == 0 || has + more <= ALPHA * most;
  }

  private void grantSoon() {
    if (!granting && !(asking.isEmpty() && crowded.isEmpty())) {
      granting = true;
      later.accept(this::grant);
    }
  }

  private void grant() {
    boolean all = false;
    try {
      while (asking.serveOne(Share::grantOne)) {}
      while (crowded.serveOne(Share::wakeOne)) {}
      all = true;
    } finally {
      granting = false;
      if (!all) {
        // Who failed has left; the others go on.
        grantSoon();
      }
    }
  }

  /// The part of one peer.
  public final class Share {
    private final Turns<WaitingBytes> asking = new Turns<>();
    private final Turns<WaitingBytes> crowded = new Turns<>();
    private final ByLength held = new ByLength();

    private Share() {}

    /// Whether a message may be added to a session's, here and now; one alone may be of any length.
    ///
    /// @param has what the session has
    /// @param quota of which it may have four times as much
    boolean fits(ByLength has, int more, boolean isLong, long quota) {
      long left = free(isLong) - more;
      return bytes() == 0
          || (left >= 0
              && SendRoom.fits(has.of(isLong), more, Math.min(quota, left))
              && SendRoom.fits(held.of(isLong), more, left));
    }

    /// Counts bytes, or what is gone if negative.
    void add(long more, boolean isLong) {
      held.add(more, isLong);
      SendRoom.this.held.add(more, isLong);
      if (more < 0) {
        grantSoon();
      }
    }

    /// Who waits may have room now.
    void grantSoon() {
      SendRoom.this.grantSoon();
    }

    // ---- long messages on their way -------------------------------------------------------------

    /// Whether somebody waits, of whatever peer: who comes now must not overtake.
    boolean isAsked() {
      return !SendRoom.this.asking.isEmpty();
    }

    /// Whether a long message may begin to come to a session.
    ///
    /// @param has what the session has
    /// @param quota of which it may have four times as much
    boolean takes(ByLength has, int message, long quota) {
      return SendRoom.fits(has.of(true), message, quota) && takes(has.of(true), message);
    }

    private boolean takes(long has, int message) {
      return bytes() == 0 || has + held.of(true) + Math.max(message, longestBytes) <= free(true);
    }

    /// The session is told by [WaitingBytes#grantFirst()].
    void ask(WaitingBytes session) {
      asking.add(session);
      SendRoom.this.asking.add(this);
      grantSoon();
    }

    void askNoMore(WaitingBytes session) {
      asking.remove(session);
      if (asking.isEmpty()) {
        SendRoom.this.asking.remove(this);
      }
    }

    private boolean grantOne() {
      return takes(0, 0) && asking.serveOne(WaitingBytes::grantFirst);
    }

    // ---- streams that wait to be ready ----------------------------------------------------------

    /// Whether a session's calls that have nothing waiting should bring a message.
    ///
    /// @param has what the session has
    boolean isSpacious(ByLength has) {
      return isSpacious(has.of(false));
    }

    private boolean isSpacious(long has) {
      return has + held.of(false) + MessageSender.READY_BYTES <= free(false);
    }

    /// The session is told by [WaitingBytes#wakeFirst()].
    void awaitSpace(WaitingBytes session) {
      crowded.add(session);
      SendRoom.this.crowded.add(this);
    }

    void awaitSpaceNoMore(WaitingBytes session) {
      crowded.remove(session);
      if (crowded.isEmpty()) {
        SendRoom.this.crowded.remove(this);
      }
    }

    private boolean wakeOne() {
      return isSpacious(0) && crowded.serveOne(WaitingBytes::wakeFirst);
    }
  }
}

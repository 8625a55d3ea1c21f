package dev.farcap.link.engine;

/// Room for messages that wait to be sent over all links of a process.
///
/// *Theory.* Links, and sessions of a link, may have as much as four times what all together leave
/// free (dynamic queue length thresholds, Choudhury and Hahne 1998). One alone has four fifths, many
/// have equal parts, and some is left for one that has little. As a link has its part, too, a peer
/// gets no more by opening more sessions.
///
/// Bound to the thread of the engines.
public final class SendRoom {
  /// A third of what the launcher allows beside the heap, as messages that came over HTTP/2 lie in
  /// buffers that are little more than half full.
  static final long BYTES_MAX = 40 << 20;

  private static final int ALPHA = 4;

  private long held;

  /// What waits.
  long bytes() {
    return held;
  }

  /// Whether somebody who has that much may have more.
  ///
  /// @param quota of which he may have four times as much
  private boolean fits(long has, int more, long quota) {
    return has == 0 || has + more <= ALPHA * Math.min(quota, BYTES_MAX - held - more);
  }

  /// The part of one link.
  final class Share {
    private long held;

    /// Whether a message may be added to a session's; one alone may be of any length.
    boolean fits(long has, int more, long quota) {
      SendRoom all = SendRoom.this;
      return all.held == 0
          || (all.held + more <= BYTES_MAX
              && all.fits(has, more, quota)
              && all.fits(held, more, Long.MAX_VALUE / ALPHA));
    }

    void add(long more) {
      held += more;
      SendRoom.this.held += more;
    }
  }
}

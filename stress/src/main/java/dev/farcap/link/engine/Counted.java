package dev.farcap.link.engine;

/// The edges that a session's engine has counted; on its loop.
public final class Counted {
  private Counted() {}

  /// All since it opened.
  public static long edges(OwnSession session) {
    return session.signals();
  }
}

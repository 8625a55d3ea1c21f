package dev.farcap.session;

/// A session that was allowed cannot be hosted now: between the two a bound was met, or what is
/// served has changed.
public final class NotHostedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Failure failure;

  /// @param failure what the peer is told
  public NotHostedException(Failure failure) {
    super(failure.message());
    this.failure = failure;
  }

  /// What the peer is told.
  public Failure failure() {
    return failure;
  }
}

package dev.farcap.capability;

/// Bytes that are no token or bundle. Never leaves the package: the verifier turns it into a
/// verdict, parsers into an [IllegalArgumentException].
final class MalformedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  MalformedException(Reason reason, String detail) {
    // No stack trace: anybody may send malformed bytes at any rate.
    super(OneLine.of(detail), null, false, false);
    this.reason = reason;
  }

  Verdict.Denied denied() {
    return new Verdict.Denied(reason, detail());
  }

  IllegalArgumentException illegalArgument() {
    return new IllegalArgumentException(reason + ": " + detail(), this);
  }

  private String detail() {
    return String.valueOf(getMessage());
  }
}

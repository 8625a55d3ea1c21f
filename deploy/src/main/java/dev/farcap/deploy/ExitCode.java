package dev.farcap.deploy;

/// What the command's exit code means to scripts.
final class ExitCode {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int REFUSED = 3;
  static final int UNAVAILABLE = 4;

  private ExitCode() {}
}

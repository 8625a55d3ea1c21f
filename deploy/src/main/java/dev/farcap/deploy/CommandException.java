package dev.farcap.deploy;

/// A command cannot do what was asked; the message is for the person who asked.
final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  /// @param exitCode one of [ExitCode]
  /// @param message one line or more: what, and what to do
  CommandException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}

package dev.farcap.ca;

/// A mistake of whoever gave the command, or a file that is not what it should be. The message is
/// for that person: which file, what was expected, what to do. It never holds a secret.
public final class CaException extends Exception {
  private static final long serialVersionUID = 1L;

  CaException(String message) {
    super(message);
  }

  CaException(String message, Throwable cause) {
    super(message, cause);
  }

  /// The message, never null.
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}

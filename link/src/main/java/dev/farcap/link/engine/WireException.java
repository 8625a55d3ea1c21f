package dev.farcap.link.engine;

/// The peer broke the protocol; ends the link. The message says which frame and rule.
final class WireException extends RuntimeException {
  private static final long serialVersionUID = 1;

  WireException(String message) {
    super(message, null, false, false);
  }
}

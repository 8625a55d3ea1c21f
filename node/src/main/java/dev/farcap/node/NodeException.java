package dev.farcap.node;

/// A process could not be started with its configuration. The message is for the operator: what,
/// where, and what to do.
public final class NodeException extends Exception {
  private static final long serialVersionUID = 1L;

  NodeException(String message, Throwable cause) {
    super(message, cause);
  }
}

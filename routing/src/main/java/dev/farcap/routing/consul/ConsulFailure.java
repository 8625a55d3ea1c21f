package dev.farcap.routing.consul;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Consul did not do what it was asked.
public final class ConsulFailure extends IOException {
  private static final long serialVersionUID = 1L;

  /// Longer texts are somebody's attempt to fill a log.
  private static final int CHARS_MAX = 300;

  private final boolean known;

  /// @param message what an operator is told; made one line here
  /// @param known whether this was Consul's answer, and no trouble on the way
  ConsulFailure(String message, boolean known, @Nullable Throwable cause) {
    super(oneLine(message), cause);
    this.known = known;
  }

  /// Whether this was Consul's own answer, and no trouble on the way.
  public boolean isAnswer() {
    return known;
  }

  static String oneLine(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .limit(CHARS_MAX)
        .forEach(c -> line.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
    return line.toString().strip();
  }
}

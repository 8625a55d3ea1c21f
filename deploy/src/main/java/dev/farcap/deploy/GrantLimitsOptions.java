package dev.farcap.deploy;

import static java.util.Objects.requireNonNullElse;

import dev.farcap.capability.Grant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say what the sessions of a grant may use.
final class GrantLimitsOptions {
  @Option(
      names = "--sessions",
      paramLabel = "N",
      description = "Sessions open at a time (default: 1000).")
  private @Nullable Integer sessions;

  @Option(
      names = "--calls",
      paramLabel = "N",
      description = "Calls in flight of one session (default: 1000).")
  private @Nullable Integer calls;

  @Option(
      names = "--calls-per-second",
      paramLabel = "N",
      description = "Calls of all sessions in a second (default: 1000000).")
  private @Nullable Integer callsPerSecond;

  @Option(
      names = "--buffered",
      paramLabel = "BYTES",
      description = "Bytes that may wait for their reader in one session (default: 16777216).")
  private @Nullable Long bufferedBytes;

  @Option(
      names = "--objects",
      paramLabel = "N",
      description = "Objects of one session that live at a time (default: 1000).")
  private @Nullable Integer objects;

  Grant.Limits limits() {
    Grant.Limits usual = Grant.Limits.DEFAULT;
    try {
      return new Grant.Limits(
          requireNonNullElse(sessions, usual.sessions()),
          requireNonNullElse(calls, usual.callsInFlight()),
          requireNonNullElse(bufferedBytes, usual.bufferedBytes()),
          requireNonNullElse(objects, usual.references()),
          requireNonNullElse(callsPerSecond, usual.callsPerSecond()));
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
  }
}

package dev.farcap.deploy;

import dev.farcap.capability.Grant;
import picocli.CommandLine.Option;

/// The options that say what the sessions of a grant may use.
final class GrantLimitsOptions {
  private static final Grant.Limits USUAL = Grant.Limits.DEFAULT;

  @Option(
      names = "--sessions",
      paramLabel = "N",
      description = "Sessions open at a time (default: ${DEFAULT-VALUE}).")
  private int sessions = USUAL.sessions();

  @Option(
      names = "--calls",
      paramLabel = "N",
      description = "Calls in flight of one session (default: ${DEFAULT-VALUE}).")
  private int calls = USUAL.callsInFlight();

  @Option(
      names = "--calls-per-second",
      paramLabel = "N",
      description = "Calls of all sessions in a second (default: ${DEFAULT-VALUE}).")
  private int callsPerSecond = USUAL.callsPerSecond();

  @Option(
      names = "--buffered",
      paramLabel = "BYTES",
      description =
          "Bytes that may wait for their reader in one session (default: ${DEFAULT-VALUE}).")
  private long bufferedBytes = USUAL.bufferedBytes();

  @Option(
      names = "--objects",
      paramLabel = "N",
      description = "Objects of one session that live at a time (default: ${DEFAULT-VALUE}).")
  private int objects = USUAL.references();

  /// @throws CommandException if one is out of range
  Grant.Limits limits() {
    try {
      return new Grant.Limits(sessions, calls, bufferedBytes, objects, callsPerSecond);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
  }
}

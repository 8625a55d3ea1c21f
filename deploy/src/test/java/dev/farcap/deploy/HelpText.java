package dev.farcap.deploy;

import java.util.Objects;
import picocli.CommandLine;

/// The text of `--help`, without a process.
final class HelpText {
  private HelpText() {}

  static String of(String... command) {
    CommandLine line = new CommandLine(new Farcap());
    for (String name : command) {
      line = Objects.requireNonNull(line.getSubcommands().get(name), name);
    }
    return line.getUsageMessage();
  }
}

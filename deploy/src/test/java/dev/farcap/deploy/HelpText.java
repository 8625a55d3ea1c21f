package dev.farcap.deploy;

import picocli.CommandLine;

/// The text of `--help`, without a process.
final class HelpText {
  private HelpText() {}

  static String of(String... command) {
    CommandLine line = new CommandLine(new Farcap());
    for (String name : command) {
      line = line.getSubcommands().get(name);
    }
    return line.getUsageMessage();
  }
}

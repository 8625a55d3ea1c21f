package dev.farcap.deploy;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `farcap ca`: the authority of a realm.
@Command(
    name = "ca",
    description = "Makes a realm, gives hosts their identity, grants access.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {CaInitCommand.class, CaIssueCommand.class, CaGrantCommand.class},
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap ca init lab",
      "  farcap ca issue host-a --out host-a",
      "  farcap ca grant host-a ROM --server host-b --label-prefix app1 --out rom.grant"
    })
final class CaCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    CommandLine line = spec.commandLine();
    throw new ParameterException(line, "which command of 'ca'?");
  }
}

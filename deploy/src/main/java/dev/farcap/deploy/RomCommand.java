package dev.farcap.deploy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `farcap rom`: reads modules that change.
@Command(
    name = "rom",
    description = "Reads ROM modules through a front door.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {RomGetCommand.class, RomWatchCommand.class},
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap rom get config --socket run/app1.sock",
      "  farcap rom watch config --socket run/app1.sock"
    })
final class RomCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command of 'rom'?");
  }
}

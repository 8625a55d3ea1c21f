package dev.farcap.deploy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `farcap log`: writes and shows log lines.
@Command(
    name = "log",
    description = "Writes and shows log lines through a front door.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {LogWriteCommand.class, LogTailCommand.class},
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap log write 'disk is full' --socket run/app1.sock",
      "  farcap log tail --socket run/app1.sock"
    })
final class LogCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command of 'log'?");
  }
}

package dev.farcap.deploy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `farcap report`: tells others about this host.
@Command(
    name = "report",
    description = "Submits reports, which others read as ROM modules.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = ReportSubmitCommand.class,
    footerHeading = "%nExamples:%n",
    footer = "  farcap report submit up --label state --socket run/app1.sock")
final class ReportCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command of 'report'?");
  }
}

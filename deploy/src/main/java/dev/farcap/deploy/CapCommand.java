package dev.farcap.deploy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `farcap cap`: questions about grants, certificates and trust bundles.
@Command(
    name = "cap",
    description = "Answers questions about grants, certificates and trust bundles.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {CapInspectCommand.class, CapVerifyCommand.class},
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap cap inspect grants/rom.grant",
      "  farcap cap verify grants/rom.grant --bundle credentials/trust.bundle"
    })
final class CapCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command of 'cap'?");
  }
}

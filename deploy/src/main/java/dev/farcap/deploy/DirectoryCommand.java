package dev.farcap.deploy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `farcap directory`: providers and rules, as a file and in Consul.
@Command(
    name = "directory",
    description = "Checks, signs, publishes and shows providers and rules.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DirectoryValidateCommand.class,
      DirectorySignCommand.class,
      DirectoryPublishCommand.class,
      DirectoryShowCommand.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap directory validate directory.yaml",
      "  farcap directory sign directory.yaml --ca realm --out directory.signed",
      "  farcap directory publish directory.signed --ca realm --token publisher.token",
      "  farcap directory show --ca realm"
    })
final class DirectoryCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command of 'directory'?");
  }
}

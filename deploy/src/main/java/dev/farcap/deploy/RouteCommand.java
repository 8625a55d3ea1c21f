package dev.farcap.deploy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `farcap route`: questions about routes.
@Command(
    name = "route",
    description = "Answers questions about routes.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = RouteExplainCommand.class)
final class RouteCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command of 'route'?");
  }
}

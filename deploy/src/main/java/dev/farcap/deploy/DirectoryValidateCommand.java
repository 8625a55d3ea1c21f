package dev.farcap.deploy;

import dev.farcap.node.NodeConfig;
import dev.farcap.routing.DirectorySnapshot;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `farcap directory validate`: says what is wrong with a directory file.
@Command(
    name = "validate",
    description = "Reads a directory file, and says what is wrong with it, by line and column.",
    footerHeading = "%nExamples:%n",
    footer = {"  farcap directory validate directory.yaml"})
final class DirectoryValidateCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "Directory file.")
  private Path file;

  @Mixin private Printer printer;

  @Override
  public Integer call() {
    DirectorySnapshot read = NodeConfig.readDirectory(file);
    printer.facts(
        Printer.facts(
            "file", file.toString(),
            "providers", read.providers().size(),
            "rules", read.rules().size(),
            "defaultRules", read.defaultRoute().size()));
    return ExitCode.DONE;
  }
}

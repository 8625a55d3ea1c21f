package dev.farcap.deploy;

import dev.farcap.node.NodeConfig;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `farcap check`: says what is wrong with a configuration.
@Command(
    name = "check",
    description = "Reads a configuration and all files it names, and says what is wrong with them.",
    footerHeading = "%nExamples:%n",
    footer = {"  farcap check host-a.yaml"})
final class CheckCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "Configuration file.")
  private Path file;

  @Mixin private Printer printer;

  @Override
  public Integer call() {
    NodeConfig config = NodeConfig.read(file);
    if (printer.isJson()) {
      printer.json(Printer.facts("file", file.toString(), "role", config.role(), "good", true));
    } else {
      printer.line(file + ": good, a " + config.role());
    }
    return ExitCode.DONE;
  }
}

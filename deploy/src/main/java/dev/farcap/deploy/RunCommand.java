package dev.farcap.deploy;

import dev.farcap.node.NodeConfig;
import dev.farcap.node.NodeException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `farcap run`: whatever a configuration says.
@Command(
    name = "run",
    description = {
      "Runs what a configuration file says: a client-proxy, a server-proxy or both.",
      "SIGHUP reads all files again; SIGTERM and Ctrl-C let calls finish, then end."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  farcap run host-a.yaml", "  FARCAP_LOG=debug farcap run host-a.yaml"})
final class RunCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "Configuration file.")
  private Path file;

  @Override
  public Integer call() throws NodeException, InterruptedException {
    return RunningNode.run(NodeConfig.read(file));
  }
}

package dev.farcap.deploy;

import dev.farcap.node.NodeConfig;
import dev.farcap.node.NodeException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `farcap client-proxy`: where programs connect.
@Command(
    name = "client-proxy",
    description = "Runs a client-proxy: it looks like the server to programs.",
    footerHeading = "%nExamples:%n",
    footer = {"  farcap client-proxy host-a.yaml"})
final class ClientProxyCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "Configuration file with a section 'client'.")
  private Path file;

  @Override
  public Integer call() throws NodeException, InterruptedException {
    NodeConfig config = NodeConfig.read(file);
    if (config.client() == null || config.server() != null) {
      throw new CommandException(
          ExitCode.FAILED, file + ": is for a " + config.role() + ": use 'farcap run'");
    }
    return RunningNode.run(config);
  }
}

package dev.farcap.deploy;

import dev.farcap.node.NodeConfig;
import dev.farcap.node.NodeException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `farcap server-proxy`: where servers are reached from other hosts.
@Command(
    name = "server-proxy",
    description = "Runs a server-proxy: it looks like the program to servers.",
    footerHeading = "%nExamples:%n",
    footer = {"  farcap server-proxy host-b.yaml"})
final class ServerProxyCommand implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "Configuration file with a section 'server'.")
  private Path file;

  @Override
  public Integer call() throws NodeException, InterruptedException {
    NodeConfig config = NodeConfig.read(file);
    if (config.server() == null || config.client() != null) {
      throw new CommandException(
          ExitCode.FAILED, file + ": is for a " + config.role() + ": use 'farcap run'");
    }
    return RunningNode.run(config);
  }
}

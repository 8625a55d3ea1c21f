package dev.farcap.deploy;

import dev.farcap.node.FrontDoorChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// The option `--socket`: at which front door a command knocks.
final class DoorOption {
  @Option(
      names = "--socket",
      required = true,
      paramLabel = "PATH",
      description = "Unix socket of a client-proxy's listener.")
  private Path socket;

  FrontDoorChannel open() {
    return open(socket);
  }

  static FrontDoorChannel open(Path socket) {
    if (!Files.exists(socket)) {
      throw new CommandException(
          ExitCode.UNAVAILABLE, "nobody listens at " + socket + ": is the client-proxy running?");
    }
    if (Files.isRegularFile(socket) || Files.isDirectory(socket)) {
      throw new CommandException(ExitCode.USAGE, socket + " is no socket");
    }
    return new FrontDoorChannel(socket);
  }
}

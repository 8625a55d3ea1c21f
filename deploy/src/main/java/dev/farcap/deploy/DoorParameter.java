package dev.farcap.deploy;

import dev.farcap.node.FrontDoorChannel;
import dev.farcap.session.Label;
import io.grpc.Channel;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The parameter SOCKET and the option `--label`: at which front door a command that is for any
/// service knocks, and what it asks for there.
final class DoorParameter {
  @Parameters(
      index = "0",
      paramLabel = "SOCKET",
      description = "Unix socket of a client-proxy's listener.")
  private Path socket;

  @Option(
      names = "--label",
      paramLabel = "LABEL",
      defaultValue = "",
      converter = LabelConverter.class,
      description = "What to ask for, below the listener's name (default: nothing in particular).")
  private Label label;

  Path socket() {
    return socket;
  }

  /// A connection, to be closed by the caller.
  FrontDoorChannel open() {
    return DoorOption.open(socket);
  }

  /// What asks for the label over a connection.
  Channel asking(FrontDoorChannel programs) {
    return programs.asking(label);
  }
}

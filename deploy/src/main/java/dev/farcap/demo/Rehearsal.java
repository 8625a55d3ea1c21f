package dev.farcap.demo;

import dev.farcap.ca.CaException;
import dev.farcap.node.Node;
import dev.farcap.node.NodeConfig;
import dev.farcap.node.NodeException;
import java.io.IOException;
import java.util.List;

/// The demo's pair within one process, its program's calls, and the commands that people wait for:
/// what a virtual machine must have seen to start either proxy and each of these commands from a
/// class archive (JEP 350).
///
/// It is run once for each installation, by `bin/farcap`. Whatever it leaves out still works, and
/// starts slower.
public final class Rehearsal {
  /// Enough for the first compilations of what a call needs.
  private static final int CALLS = 500;

  private Rehearsal() {}

  /// `farcap`, within this process.
  @FunctionalInterface
  public interface Command {
    /// Runs a command line.
    ///
    /// @return its exit code
    int run(String... arguments);
  }

  /// Goes through all of it.
  ///
  /// @throws IllegalStateException if a command fails
  public static void run(Command command) throws IOException, CaException, NodeException {
    try (DemoFolder folder = DemoFolder.make()) {
      String trustBundle = folder.makeRealm();
      folder.writeServer(trustBundle, Demo.Transport.TLS, folder.exampleRoms());
      folder.publishLive("version 0\n");
      try (GreeterProgram greeter = new GreeterProgram(folder.greeterSocket());
          Node server = Node.start(NodeConfig.read(folder.serverConfig()))) {
        folder.writeClient(trustBundle, server.addresses().getFirst());
        try (Node _ = Node.start(NodeConfig.read(folder.clientConfig()))) {
          call(greeter, folder);
          commands(folder).forEach(line -> run(command, line));
        }
      }
    }
  }

  private static void call(GreeterProgram greeter, DemoFolder folder) {
    try (GreeterProgram.Client program = greeter.new Client(folder.socket("app1"))) {
      for (int call = 0; call < CALLS; call++) {
        var _ = program.greet("rehearsal");
      }
    }
  }

  private static List<List<String>> commands(DemoFolder folder) {
    String config = folder.clientConfig().toString();
    String socket = folder.socket("app1").toString();
    return List.of(
        List.of("--help"),
        List.of("check", config),
        List.of("status", config),
        List.of("status", config, "--output", "json"),
        List.of("services", socket),
        List.of("rom", "get", "config", "--socket", socket),
        List.of("log", "write", "--socket", socket, "rehearsed"));
  }

  private static void run(Command command, List<String> line) {
    int code = command.run(line.toArray(String[]::new));
    if (code != 0) {
      throw new IllegalStateException("farcap " + String.join(" ", line) + " ended with " + code);
    }
  }
}

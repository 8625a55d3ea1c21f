package dev.farcap.deploy;

import dev.farcap.node.Node;
import dev.farcap.node.NodeConfig;
import dev.farcap.node.NodeException;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/// Runs a node until the process is told to end.
final class RunningNode {
  /// Where this is set the process ends when its stdin does: whoever started it cannot leave it
  /// behind, not even by being killed.
  static final String ENDS_WITH_STDIN = "FARCAP_ENDS_WITH_STDIN";

  private RunningNode() {}

  static int run(NodeConfig config) throws NodeException, InterruptedException {
    if (config.client() != null && config.client().listeners().isEmpty()) {
      throw new CommandException(
          ExitCode.FAILED,
          config.file() + ": no listeners in 'client': it is for the program it names");
    }
    CountDownLatch end = new CountDownLatch(1);
    AtomicBoolean asked = new AtomicBoolean();
    ProcessSignal.on("TERM", () -> stop(asked, end));
    ProcessSignal.on("INT", () -> stop(asked, end));
    if (System.getenv(ENDS_WITH_STDIN) != null) {
      Thread.ofPlatform().daemon().name("farcap-stdin").start(() -> awaitEnd(end));
    }
    Supervisor supervisor = Supervisor.of(System.getenv("NOTIFY_SOCKET"));
    try (Node node = Node.start(config)) {
      ProcessSignal.on("HUP", () -> reload(node, supervisor));
      supervisor.ready();
      end.await();
      supervisor.stopping(config.link().drainTimeout());
    }
    return ExitCode.DONE;
  }

  private static void reload(Node node, Supervisor supervisor) {
    supervisor.reloading();
    try {
      node.reload().join();
    } finally {
      supervisor.ready();
    }
  }

  private static void awaitEnd(CountDownLatch end) {
    try {
      while (System.in.read() >= 0) {
        // What is said does not matter.
      }
    } catch (IOException _) {
      // As if it had ended.
    }
    end.countDown();
  }

  /// The first signal lets calls finish, the second does not.
  private static void stop(AtomicBoolean asked, CountDownLatch end) {
    if (asked.getAndSet(true)) {
      Runtime.getRuntime().halt(ExitCode.FAILED);
    }
    end.countDown();
  }
}

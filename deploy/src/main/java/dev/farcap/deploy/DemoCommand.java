package dev.farcap.deploy;

import dev.farcap.demo.Demo;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `farcap demo`: a pair at work.
@Command(
    name = "demo",
    description = {
      "Makes a realm, starts a pair of proxies on this machine and checks what they promise.",
      "Exit code 0 only if every step held."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap demo                   with a small example, until Ctrl-C",
      "  farcap demo --rom ~/assets    shares a folder of yours, which is only read",
      "  farcap demo --once            ends after the checks",
      "  farcap demo --transport quic  with a link over QUIC instead of TLS over TCP",
      "  farcap demo --transport nic   over raw Ethernet; as root"
    })
final class DemoCommand implements Callable<Integer> {
  @Option(names = "--rom", paramLabel = "DIR", description = "Folder to share.")
  private @Nullable Path roms;

  @Option(
      names = "--transport",
      paramLabel = "MEDIUM",
      defaultValue = "tls",
      description = {
        "What the link runs over: ${COMPLETION-CANDIDATES}. By default ${DEFAULT-VALUE}.",
        "nic needs root: its proxies run in two network namespaces."
      })
  private Demo.Transport transport;

  @Option(names = "--once", description = "End after the checks.")
  private boolean once;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (roms != null && !Files.isDirectory(roms)) {
      throw new CommandException(ExitCode.USAGE, roms + " is no folder");
    }
    // The proxies say what they do into files of their own.
    LogLevel.set("warn");
    PrintWriter out = spec.commandLine().getOut();
    Thread running = Thread.currentThread();
    ProcessSignal.on("INT", running::interrupt);
    ProcessSignal.on("TERM", running::interrupt);
    try (Demo demo = new Demo(out, transport)) {
      boolean held = demo.run(roms);
      if (held && !once) {
        demo.invite(Objects.requireNonNullElse(System.getenv("FARCAP_COMMAND"), "farcap"));
        awaitInterrupt();
      }
      return held ? ExitCode.DONE : ExitCode.FAILED;
    }
  }

  private static void awaitInterrupt() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException _) {
      // That is the end it waited for.
    }
  }
}

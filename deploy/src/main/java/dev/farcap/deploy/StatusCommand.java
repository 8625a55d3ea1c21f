package dev.farcap.deploy;

import dev.farcap.node.NodeStatus;
import dev.farcap.node.StatusAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Proxy;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `farcap status`: what a running proxy is and does.
@Command(
    name = "status",
    description = "Shows a running proxy: its links, listeners, directory and grants.",
    footerHeading = "%nExamples:%n",
    footer = {"  farcap status host-a.yaml", "  farcap status --port 9464 --output json"})
final class StatusCommand implements Callable<Integer> {
  private static final int PATIENCE_MS = 5_000;

  @ArgGroup(multiplicity = "1")
  private Where where;

  /// One of them.
  static final class Where {
    @Option(names = "--port", paramLabel = "PORT", description = "Its status port on this host.")
    private @Nullable Integer port;

    @Parameters(
        arity = "0..1",
        paramLabel = "FILE",
        description = "The configuration file it runs with.")
    private @Nullable Path file;
  }

  @Mixin private Printer printer;

  @Override
  public Integer call() throws IOException {
    String page = fetch(port());
    if (printer.isJson()) {
      printer.line(page);
    } else {
      new StatusText(NodeStatus.read(page)).lines().forEach(printer::line);
    }
    return ExitCode.DONE;
  }

  private int port() {
    if (where.port != null) {
      return where.port;
    }
    return StatusAddress.port(Objects.requireNonNull(where.file))
        .orElseThrow(
            () ->
                new CommandException(
                    ExitCode.UNAVAILABLE,
                    where.file + ": no such process runs, or it has no status port"));
  }

  private static String fetch(int port) throws IOException {
    URL url = URI.create("http://127.0.0.1:" + port + "/status").toURL();
    URLConnection connection = url.openConnection(Proxy.NO_PROXY);
    connection.setConnectTimeout(PATIENCE_MS);
    connection.setReadTimeout(PATIENCE_MS);
    try (InputStream page = connection.getInputStream()) {
      return new String(page.readAllBytes(), StandardCharsets.UTF_8);
    } catch (ConnectException _) {
      throw new CommandException(
          ExitCode.UNAVAILABLE, "nobody answers at " + url + ": is the process running?");
    }
  }
}

package dev.farcap.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.farcap.node.StatusAddress;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
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
  private static final Duration PATIENCE = Duration.ofSeconds(5);

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
  public Integer call() throws IOException, InterruptedException {
    JsonNode status = new ObjectMapper().readTree(fetch(port()));
    if (printer.isJson()) {
      printer.json(status);
    } else {
      new StatusText(status).lines().forEach(printer::line);
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

  private static String fetch(int port) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + "/status");
    try (HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
      return http.send(
              HttpRequest.newBuilder(uri).timeout(PATIENCE).build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (ConnectException _) {
      throw new CommandException(
          ExitCode.UNAVAILABLE, "nobody answers at " + uri + ": is the process running?");
    }
  }
}

package dev.farcap.deploy;

import dev.farcap.routing.Decision;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.routing.Explanation;
import dev.farcap.routing.RouteQuery;
import dev.farcap.routing.Router;
import dev.farcap.routing.file.FileDirectory;
import dev.farcap.session.Label;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `farcap route explain`: where a session would go, and why.
@Command(
    name = "explain",
    description = "Says where a session would go, rule by rule. Exit code 3 where it is denied.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap route explain ROM config --directory directory.yaml --listener app1",
      "  farcap route explain acme.Greeter '' --directory directory.yaml --listener app1"
    })
final class RouteExplainCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "SERVICE",
      converter = ServiceConverter.class,
      description = "ROM, LOG or a full gRPC service name.")
  private String service;

  @Parameters(
      index = "1",
      paramLabel = "LABEL",
      converter = LabelConverter.class,
      description = "As the program asks it; '' for none.")
  private Label label;

  @Option(names = "--directory", required = true, paramLabel = "FILE", description = "Its rules.")
  private Path directory;

  @Option(
      names = "--listener",
      required = true,
      paramLabel = "NAME",
      description = "Where the program connects.")
  private String listener;

  @Mixin private Printer printer;

  @Override
  public Integer call() {
    DirectorySnapshot snapshot = FileDirectory.read(directory);
    RouteQuery query = query();
    Explanation explanation = Router.explain(query, snapshot);
    if (printer.isJson()) {
      printer.json(explanation);
    } else {
      explanation.lines().forEach(printer::line);
    }
    return Router.route(query, snapshot) instanceof Decision.Denied
        ? ExitCode.REFUSED
        : ExitCode.DONE;
  }

  private RouteQuery query() {
    try {
      return new RouteQuery(listener, service, label);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
  }
}

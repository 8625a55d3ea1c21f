package dev.farcap.deploy;

import dev.farcap.node.ClientConfig;
import dev.farcap.node.NodeConfig;
import dev.farcap.node.NodeException;
import dev.farcap.routing.Decision;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.routing.Explanation;
import dev.farcap.routing.Nearness;
import dev.farcap.routing.Policies;
import dev.farcap.routing.RouteQuery;
import dev.farcap.routing.Router;
import dev.farcap.routing.Selection;
import dev.farcap.session.Label;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `farcap route explain`: where a session would go, and why.
@Command(
    name = "explain",
    description = {
      "Says where a session would go, rule by rule, and which policy would serve it there.",
      "The files need not be in use: try a change before it is made.",
      "Exit code 3 where the session is denied."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  farcap route explain ROM config --config host-a.yaml --listener app1",
      "  farcap route explain ROM config --directory new-directory.yaml --listener app1",
      "  farcap route explain acme.Greeter '' --directory directory.yaml --listener app1 \\",
      "                       --policies host-b.yaml --peer host-a"
    })
final class RouteExplainCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "SERVICE",
      converter = ServiceConverter.class,
      description = "ROM, LOG, Report, Timer or a full gRPC service name.")
  private String service;

  @Parameters(
      index = "1",
      paramLabel = "LABEL",
      converter = LabelConverter.class,
      description = "As the program asks it; '' for none.")
  private Label label;

  @ArgGroup(multiplicity = "1")
  private Rules rules;

  /// Exactly one of them.
  static final class Rules {
    @Option(names = "--directory", paramLabel = "FILE", description = "A directory's rules.")
    private @Nullable Path directory;

    @Option(
        names = "--config",
        paramLabel = "FILE",
        description = "A client-proxy's configuration: the rules of its directory.")
    private @Nullable Path config;

    DirectorySnapshot read(String listener) throws NodeException {
      if (directory != null) {
        return NodeConfig.readDirectory(directory);
      }
      NodeConfig node = NodeConfig.read(Objects.requireNonNull(config));
      ClientConfig client = node.client();
      if (client == null) {
        throw new CommandException(ExitCode.USAGE, config + " has no section 'client'");
      }
      List<String> names = names(client);
      if (!names.contains(listener)) {
        throw new CommandException(
            ExitCode.USAGE,
            "%s has no listener '%s'; it has %s"
                .formatted(config, listener, String.join(", ", names)));
      }
      return node.readDirectory();
    }

    /// A program that is a node takes the place of a listener.
    private static List<String> names(ClientConfig client) {
      List<String> names = new ArrayList<>();
      client.listeners().forEach(each -> names.add(each.door().name()));
      if (client.program() != null) {
        names.add(client.program().name());
      }
      return names;
    }
  }

  @Option(
      names = "--listener",
      required = true,
      paramLabel = "NAME",
      description = "Where the program connects.")
  private String listener;

  @Option(
      names = "--policies",
      paramLabel = "FILE",
      description = {
        "A server-proxy's configuration, or a file with 'exports' alone:",
        "which of its policies would serve the session."
      })
  private @Nullable Path policies;

  @Option(
      names = "--peer",
      paramLabel = "HOST",
      description = "With --policies: the client-proxy's name in the realm.")
  private @Nullable String peer;

  @Mixin private Printer printer;

  @Override
  public Integer call() throws NodeException {
    if ((policies == null) != (peer == null)) {
      throw new CommandException(ExitCode.USAGE, "--policies and --peer are given together");
    }
    DirectorySnapshot snapshot = rules.read(listener);
    RouteQuery query = query();
    List<Explanation> explanations = new ArrayList<>();
    explanations.add(Router.explain(query, snapshot));
    boolean allowed =
        switch (Router.route(query, snapshot)) {
          case Decision.Denied _ -> false;
          case Decision.Routed routed ->
              isServed(routed.inOrder(Nearness.unmeasured("")).getFirst(), explanations);
        };
    show(explanations);
    return allowed ? ExitCode.DONE : ExitCode.REFUSED;
  }

  private boolean isServed(Decision.Candidate place, List<Explanation> explanations) {
    if (policies == null || peer == null) {
      return true;
    }
    Label effective = effective(place, peer);
    Policies<String> exported = WhatIfPolicies.read(policies).get(service);
    if (exported == null) {
      String answer = "denied: " + policies + " does not export " + service;
      explanations.add(new Explanation("policy for \"" + effective + "\"", List.of(), answer));
      return false;
    }
    Explanation explanation = exported.explain(effective);
    return switch (exported.select(effective)) {
      case Selection.Selected<String>(String where, String backend) -> {
        String answer = where + ", backend " + backend;
        explanations.add(new Explanation(explanation.question(), explanation.steps(), answer));
        yield true;
      }
      case Selection.Denied<String> _ -> {
        explanations.add(explanation);
        yield false;
      }
    };
  }

  private static Label effective(Decision.Candidate place, String peer) {
    try {
      return place.label().prepend(peer);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, "--peer: " + e.getMessage());
    }
  }

  private void show(List<Explanation> explanations) {
    if (printer.isJson()) {
      printer.json(policies == null ? explanations.getFirst() : explanations);
    } else {
      explanations.forEach(explanation -> explanation.lines().forEach(printer::line));
    }
  }

  private RouteQuery query() {
    try {
      return new RouteQuery(listener, service, label);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, String.valueOf(e.getMessage()));
    }
  }
}

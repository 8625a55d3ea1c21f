package dev.farcap.routing;

import static java.util.stream.Collectors.joining;

import dev.farcap.routing.Decision.Candidate;
import dev.farcap.routing.Decision.Denied;
import dev.farcap.routing.Decision.Routed;
import dev.farcap.routing.Explanation.Step;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.ServiceAlias;
import java.util.ArrayList;
import java.util.List;

/// Decides who serves a session: the first rule that matches.
///
/// The same question to the same snapshot has always the same answer. Source: Genode's init.
public final class Router {
  private Router() {}

  /// Decides.
  public static Decision route(RouteQuery query, DirectorySnapshot directory) {
    return new RouteWalk(query, directory, Trace.NONE)
        .decide(directory.routeOf(query.listener()).matching(query));
  }

  /// Decides as [#route] does and says why.
  public static Explanation explain(RouteQuery query, DirectorySnapshot directory) {
    List<Step> steps = new ArrayList<>();
    Decision decision =
        new RouteWalk(query, directory, Trace.into(steps))
            .decide(directory.routeOf(query.listener()).rules());
    String question =
        "%s %s, directory %d"
            .formatted(
                ServiceAlias.shorten(query.service()),
                Quoted.of(query.wireLabel()),
                directory.number());
    return new Explanation(question, steps, answer(decision));
  }

  private static String answer(Decision decision) {
    return switch (decision) {
      case Denied denied -> "denied: " + denied.reason();
      case Routed routed -> {
        List<Candidate> first = routed.first();
        yield first.stream()
                .map(c -> "%s (%s)".formatted(c.provider().name(), c.provider().identity()))
                .collect(joining(", ", first.size() > 1 ? "the nearest of " : "", ""))
            + ", label "
            + Quoted.of(first.getFirst().label());
      }
    };
  }

  /// Routes an open session again after a change of the directory.
  ///
  /// It stays if the rules would send it to the same provider, or to one of several that serve
  /// alike of which its own is one, under the same label. One that was opened at a later target
  /// because the first took no sessions also stays as long as its place is among the candidates.
  public static Fate affected(OpenSession session, DirectorySnapshot directory) {
    return switch (route(session.query(), directory)) {
      case Denied denied -> new Fate.Rerouted(denied.reason());
      case Routed routed -> {
        List<Candidate> places = session.fallback() ? routed.candidates() : routed.first();
        yield places.stream().anyMatch(session::isAt)
            ? new Fate.Stays()
            : new Fate.Rerouted("it is now for " + answer(routed));
      }
    };
  }

  /// A session that is open.
  ///
  /// @param query what was routed
  /// @param provider where it went
  /// @param label the wire label it was opened with
  /// @param fallback whether it was opened at a later target than the first
  public record OpenSession(RouteQuery query, Identity provider, Label label, boolean fallback) {
    private boolean isAt(Candidate place) {
      return place.provider().identity().equals(provider) && place.label().equals(label);
    }
  }

  /// What a change of the directory means for an open session.
  public sealed interface Fate {
    /// Nothing.
    record Stays() implements Fate {}

    /// It is closed as rerouted; the program opens it again.
    ///
    /// @param reason one line for the log
    record Rerouted(String reason) implements Fate {}
  }
}

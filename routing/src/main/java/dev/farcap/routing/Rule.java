package dev.farcap.routing;

import dev.farcap.session.ServiceAlias;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// One line of a route.
///
/// @param place where it is written, `directory.yaml:12`, for explanations
/// @param listener the listener whose route it belongs to, or null for every listener's
/// @param service full gRPC service name, or null for any service
/// @param selector which labels it is for
/// @param targets tried in this order; with none all of them have failed
public record Rule(
    String place,
    @Nullable String listener,
    @Nullable String service,
    Selector selector,
    List<Target> targets) {
  /// Copies the targets.
  public Rule {
    targets = List.copyOf(targets);
  }

  /// Whether the rule belongs to the route of this listener.
  boolean belongsTo(String name) {
    return listener == null || listener.equals(name);
  }

  /// The key of the first part that does not match, or null if the rule is for this session.
  @Nullable String mismatch(RouteQuery query) {
    if (!belongsTo(query.listener())) {
      return "listener";
    }
    if (service != null && !service.equals(query.service())) {
      return "service";
    }
    return selector.mismatch(query);
  }

  /// As it is written in a file, without the targets.
  @Override
  public String toString() {
    StringJoiner parts = new StringJoiner(", ");
    if (listener != null) {
      parts.add("listener " + listener);
    }
    parts.add(service == null ? "any service" : "service " + ServiceAlias.shorten(service));
    parts.add(selector.toString());
    return parts.toString();
  }
}

package dev.farcap.routing;

import dev.farcap.session.Label;
import dev.farcap.session.SessionRequest;

/// What is to be routed, in init's terms: the listener is the child that asks.
///
/// Rules see the label twice: *scoped*, as the program asked it, and *unscoped*, with the
/// listener's element in front. A program that asked for nothing has the empty scoped label, and
/// the listener's name alone as the unscoped one.
///
/// @param listener name of the front door's listener: one label element
/// @param service full gRPC service name
/// @param asked the label as the program asked it
public record RouteQuery(String listener, String service, Label asked) {
  /// @throws IllegalArgumentException if a part is no such name or both together are no label
  public RouteQuery {
    SessionRequest.checkService(service);
    asked.prepend(listener);
  }

  /// Takes a request apart whose label is the wire label: the listener's element first.
  ///
  /// @throws IllegalArgumentException if the label is empty
  public static RouteQuery of(SessionRequest request) {
    Label label = request.label();
    if (label.isEmpty()) {
      throw new IllegalArgumentException("wire label is empty, expected the listener's name first");
    }
    Label asked = new Label(label.elements().subList(1, label.elements().size()));
    return new RouteQuery(label.elements().getFirst(), request.service(), asked);
  }

  /// What `label`, `labelPrefix` and `labelSuffix` are compared with.
  String scoped() {
    return asked.toString();
  }

  /// What `unscopedLabel` is compared with.
  String unscoped() {
    return wireLabel().toString();
  }

  /// The resource the program chose, or the empty text; never the listener's name.
  String last() {
    return asked.last();
  }

  /// The listener and, below it, everything before the resource.
  Label identity() {
    return asked.prefix().prepend(listener);
  }

  /// The label that crosses the link where no rule rewrites it.
  public Label wireLabel() {
    return asked.prepend(listener);
  }
}

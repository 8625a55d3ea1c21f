package dev.farcap.routing;

import dev.farcap.session.Label;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// What a target makes of the wire label.
///
/// With `label` everything else is ignored. Otherwise the result is the identity (the listener and
/// everything before the resource, or what replaces it) and then the resource (what the program
/// chose last, or what replaces it, with `prependResource` in front).
///
/// @param label replaces the whole label, or null
/// @param identity replaces the identity, or null; empty: the resource stands alone
/// @param resource replaces the resource, or null
/// @param prependResource text put in front of the resource, or null
public record Rewrite(
    @Nullable Label label,
    @Nullable Label identity,
    @Nullable Label resource,
    @Nullable String prependResource) {
  /// Leaves the label as it is.
  public static final Rewrite NONE = new Rewrite(null, null, null, null);

  /// @throws IllegalArgumentException if no label can begin like `prependResource`
  public Rewrite {
    if (prependResource != null) {
      prepend(prependResource, List.of("r")); // the shortest
    }
  }

  /// The label to open.
  ///
  /// @throws IllegalArgumentException if the result outgrows a label; it is never cut
  Label apply(RouteQuery query) {
    if (label != null) {
      return label;
    }
    Label front = identity == null ? query.identity() : identity;
    List<String> elements = new ArrayList<>(front.elements());
    elements.addAll(prepend(prependResource, resourceOf(query)));
    return new Label(elements);
  }

  private List<String> resourceOf(RouteQuery query) {
    if (resource != null) {
      return resource.elements();
    }
    return query.last().isEmpty() ? List.of() : List.of(query.last());
  }

  /// Joins by elements, so that text of the operator and text of the program never make a separator
  /// between them.
  private static List<String> prepend(@Nullable String text, List<String> resource) {
    if (text == null || text.isEmpty()) {
      return resource;
    }
    int cut = text.lastIndexOf(Label.SEPARATOR);
    List<String> elements = new ArrayList<>();
    if (cut >= 0) {
      Label head = Label.parse(text.substring(0, cut));
      Label.checkElement(head.last()); // nothing in front of a separator is no element
      elements.addAll(head.elements());
    }
    String tail = cut < 0 ? text : text.substring(cut + Label.SEPARATOR.length());
    String joined = tail + (resource.isEmpty() ? "" : resource.getFirst());
    if (!joined.isEmpty()) {
      elements.add(Label.checkElement(joined));
    }
    elements.addAll(resource.subList(Math.min(1, resource.size()), resource.size()));
    return elements;
  }

  /// As it is written in a file, or the empty text.
  @Override
  public String toString() {
    StringJoiner parts = new StringJoiner(", ");
    Quoted.add(parts, "label", label);
    if (label == null) {
      Quoted.add(parts, "identity", identity);
      Quoted.add(parts, "resource", resource);
      Quoted.add(parts, "prependResource", prependResource);
    }
    return parts.toString();
  }
}

package dev.farcap.routing;

import dev.farcap.routing.Explanation.Step;
import dev.farcap.session.Label;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The policies of one server: the most specific one that matches wins.
///
/// An exact label beats every pattern without one; then having a prefix beats having none and a
/// longer prefix a shorter one; then likewise for the suffix; then the order of the document. What
/// no policy matches is served by the default policy, or denied where there is none.
///
/// One peculiarity of texts: a session that asked for nothing ends, in Genode, with the separator
/// (`host-a -> app1 -> `), and in Farcap with its listener (`host-a -> app1`). For such a label, of
/// two elements, a prefix that ends with the separator (`host-a -> app1 -> `) matches in both.
///
/// Source: Genode's `Session_policy`.
///
/// @param policies in document order
/// @param byDefault serves what no policy matches, or null
public record Policies<T>(List<Policy<T>> policies, @Nullable T byDefault) {
  private static final Comparator<LabelPattern> MOST_SPECIFIC_FIRST =
      Comparator.<LabelPattern>comparingInt(pattern -> pattern.label() == null ? 0 : 1)
          .thenComparingInt(pattern -> lengthOf(pattern.prefix()))
          .thenComparingInt(pattern -> lengthOf(pattern.suffix()))
          .reversed();

  /// Peer and listener: the elements in front of what the program asked.
  private static final int ELEMENTS_BEFORE_ASKED = 2;

  /// Orders the policies by what they match, so that the first match is the answer.
  public Policies {
    policies =
        policies.stream()
            .sorted(Comparator.comparing(Policy::pattern, MOST_SPECIFIC_FIRST))
            .toList();
  }

  /// Longer than the empty one beats shorter, and the empty one beats none.
  private static int lengthOf(@Nullable String part) {
    return part == null ? -1 : part.length();
  }

  /// What serves a session, or that nothing does.
  ///
  /// @param effective the label as the server sees it, the peer's element first
  public Selection<T> select(Label effective) {
    return select(effective, Trace.NONE);
  }

  /// Selects as [#select] does and says why.
  public Explanation explain(Label effective) {
    List<Step> steps = new ArrayList<>();
    String answer =
        switch (select(effective, Trace.into(steps))) {
          case Selection.Selected<T> selected -> selected.place();
          case Selection.Denied<T> _ -> "denied: no policy for " + Quoted.of(effective);
        };
    return new Explanation("policy for " + Quoted.of(effective), steps, answer);
  }

  private Selection<T> select(Label effective, Trace trace) {
    String text = effective.toString();
    boolean nothingAsked = effective.elements().size() == ELEMENTS_BEFORE_ASKED;
    String beginning = nothingAsked ? text + Label.SEPARATOR : text;
    for (Policy<T> policy : policies) {
      String mismatch = mismatch(policy.pattern(), text, beginning);
      trace.step(
          () -> {
            String reason = mismatch == null ? "matches" : mismatch;
            return new Step(0, mismatch == null, policy.toString(), reason);
          });
      if (mismatch == null) {
        return new Selection.Selected<>(policy.place(), policy.serves());
      }
    }
    return byDefault == null
        ? new Selection.Denied<>()
        : new Selection.Selected<>("default policy", byDefault);
  }

  private static @Nullable String mismatch(LabelPattern pattern, String text, String beginning) {
    if (pattern.isEmpty()) {
      return "names no label and never matches";
    }
    String part = pattern.mismatch(text, beginning);
    return part == null ? null : part + " does not match";
  }

  /// All places, most specific first.
  @Override
  public String toString() {
    return policies.stream().map(Policy::toString).collect(Collectors.joining("\n"));
  }
}

package dev.farcap.routing;

import dev.farcap.routing.Explanation.Step;
import java.util.List;
import java.util.function.Supplier;

/// Watches a decision being made. Whoever only wants the decision pays for no text.
@FunctionalInterface
interface Trace {
  /// Watches nothing.
  Trace NONE = _ -> {};

  void step(Supplier<Step> step);

  static Trace into(List<Step> steps) {
    return step -> steps.add(step.get());
  }
}

package dev.farcap.routing;

import java.util.ArrayList;
import java.util.List;

/// A decision and how it came about.
///
/// @param question what was asked
/// @param steps in the order in which they were taken
/// @param answer the decision in one line
public record Explanation(String question, List<Step> steps, String answer) {
  /// Copies the steps.
  public Explanation {
    steps = List.copyOf(steps);
  }

  /// One thing tried.
  ///
  /// @param depth 0 for a rule or a policy, 1 for a target of the rule above
  /// @param matched whether it was taken
  /// @param subject what was tried
  /// @param reason why it was taken or not
  public record Step(int depth, boolean matched, String subject, String reason) {
    /// `yes SUBJECT: REASON`, indented.
    @Override
    public String toString() {
      String indent = "  ".repeat(depth + 1);
      return indent + (matched ? "yes  " : "no   ") + subject + ": " + reason;
    }
  }

  /// Question, steps and answer, ready to be printed.
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(question);
    steps.forEach(step -> lines.add(step.toString()));
    lines.add("=> " + answer);
    return lines;
  }

  /// The lines as one text.
  @Override
  public String toString() {
    return String.join("\n", lines());
  }
}

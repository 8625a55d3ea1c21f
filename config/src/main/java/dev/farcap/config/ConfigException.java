package dev.farcap.config;

import java.util.List;
import java.util.stream.Collectors;

/// A file that cannot be used, with everything that is wrong with it.
///
/// Its message has one line for each problem, ready to be printed.
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /// @param problems at least one, in the order to be printed
  public ConfigException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /// What is wrong, in the order of the file.
  public List<Problem> problems() {
    return problems;
  }
}

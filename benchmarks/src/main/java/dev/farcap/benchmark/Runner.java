package dev.farcap.benchmark;

import java.time.Duration;
import java.util.List;

/// A subject with the load generator that talks to it.
final class Runner implements AutoCloseable {
  private final Subject subject;
  private final ChildJvm worker;
  private long calls;

  private Runner(Subject subject, ChildJvm worker) {
    this.subject = subject;
    this.worker = worker;
  }

  static Runner start(SubjectKind kind, Lab lab) {
    Subject subject = kind.start(lab);
    try {
      return new Runner(subject, ChildJvm.start(Worker.class, subject.target()));
    } catch (IllegalStateException e) {
      subject.close();
      throw e;
    }
  }

  Subject subject() {
    return subject;
  }

  String version() {
    return subject instanceof Subject.Library ? worker.greeting() : subject.version();
  }

  /// Runs one round.
  ///
  /// @throws IllegalStateException if a call failed
  Load.Result round(Load load, Duration length) {
    List<ProcessHandle> own = subject.processes();
    long before = cpuNanos(own);
    String question = length.toMillis() + " " + load.toLine();
    Load.Result result = Load.Result.parse(worker.ask(question, "result"));
    calls += result.calls();
    return own.isEmpty() ? result : result.withCpuNanos(cpuNanos(own) - before);
  }

  /// How many calls it has answered in all.
  long calls() {
    return calls;
  }

  private static long cpuNanos(List<ProcessHandle> processes) {
    return processes.stream()
        .flatMap(process -> process.info().totalCpuDuration().stream())
        .mapToLong(Duration::toNanos)
        .sum();
  }

  @Override
  public void close() {
    worker.close();
    subject.close();
  }
}

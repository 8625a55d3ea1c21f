package dev.farcap.benchmark;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A Java process with the class path of this one that answers lines by lines. It ends when its
/// standard input does, so it never outlives this process.
final class ChildJvm implements AutoCloseable {
  /// Enough for any subject; the same for all.
  static final List<String> FLAGS =
      List.of(
          "-Xms512m",
          "-Xmx512m",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          // As bin/farcap runs, and as Netty advises for production.
          "-Dio.netty.leakDetection.level=disabled");

  private static final long END_S = 10;

  private final String name;
  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter questions;
  private final String greeting;

  private ChildJvm(String name, Process process) {
    this.name = name;
    this.process = process;
    answers = process.inputReader();
    questions = process.outputWriter();
    greeting = next("ready");
  }

  /// Starts a main class and awaits its first line, `ready ...`.
  static ChildJvm start(Class<?> main, String... arguments) {
    return start(main, List.of(), arguments);
  }

  /// The same with more flags than all have.
  static ChildJvm start(Class<?> main, List<String> flags, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      return new ChildJvm(main.getSimpleName() + List.of(arguments), process);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What followed `ready`.
  String greeting() {
    return greeting;
  }

  ProcessHandle process() {
    return process.toHandle();
  }

  /// Asks one line and awaits the answer.
  ///
  /// @param word the answer's first
  /// @throws IllegalStateException if it answers something else or has ended
  String ask(String question, String word) {
    try {
      questions.write(question);
      questions.newLine();
      questions.flush();
    } catch (IOException e) {
      throw new IllegalStateException(name + " has ended", e);
    }
    return next(word);
  }

  private String next(String word) {
    try {
      String line = answers.readLine();
      if (line == null || !(line + " ").startsWith(word + " ")) {
        throw new IllegalStateException(name + ": " + (line == null ? "has ended" : line));
      }
      return line.substring(word.length()).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      questions.close();
      if (!process.waitFor(END_S, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException _) {
      process.destroyForcibly();
    } catch (InterruptedException _) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}

package dev.farcap.proof;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A program in another language that plays scenarios: a name goes in as a line, out comes what it
/// has to say and then `== held` or `== failed`. One process plays them all, one after the other.
final class OtherProgram implements AutoCloseable {
  /// Longer than the programs' own patience with a scenario, which tells more.
  private static final long PATIENCE_S = 60;

  private static final String END = "== ended";

  private final Process process;
  private final BufferedWriter in;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  private OtherProgram(Process process) {
    this.process = process;
    in = process.outputWriter(UTF_8);
    Thread.ofVirtual().start(this::read);
  }

  /// Starts it and waits for its `== ready`.
  ///
  /// @param environment variables beside those of this process
  static OtherProgram start(List<String> command, Map<String, String> environment)
      throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    OtherProgram program = new OtherProgram(builder.start());
    try {
      program.await("== ready");
      return program;
    } catch (Exception | AssertionError e) {
      program.close();
      throw e;
    }
  }

  /// Whether a command is there and ends with 0.
  static boolean works(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException _) {
      return false;
    }
  }

  /// Plays a scenario.
  ///
  /// @return what the program said
  /// @throws AssertionError with that, if it did not hold
  List<String> play(String scenario) throws Exception {
    in.write(scenario);
    in.newLine();
    in.flush();
    return await("== held");
  }

  private List<String> await(String expected) throws InterruptedException {
    List<String> said = new ArrayList<>();
    String line = "";
    while (!line.startsWith("== ")) {
      line = lines.poll(PATIENCE_S, TimeUnit.SECONDS);
      if (line == null) {
        throw new AssertionError("no verdict after " + PATIENCE_S + " s: " + said);
      }
      said.add(line);
    }
    if (!line.equals(expected)) {
      throw new AssertionError(String.join("\n", said));
    }
    return said;
  }

  private void read() {
    try (BufferedReader out = process.inputReader(UTF_8)) {
      out.lines().forEach(lines::add);
    } catch (IOException | UncheckedIOException e) {
      lines.add(e.toString());
    }
    lines.add(END);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}

package dev.farcap.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program that is not ours to talk to: started, waited for, stopped. Its output goes to a file.
final class NativeProcess implements AutoCloseable {
  private static final long END_S = 10;

  private final Process process;
  private final Path log;

  private NativeProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /// Starts a command whose output goes to a file.
  ///
  /// @throws IllegalStateException if there is no such program
  static NativeProcess start(List<String> command, Path log) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      return new NativeProcess(process, log);
    } catch (IOException e) {
      throw new IllegalStateException(
          command.getFirst() + " does not start; is it installed? " + e.getMessage(), e);
    }
  }

  /// Waits until it listens at a port of loopback.
  ///
  /// @throws IllegalStateException with its output if it does not
  NativeProcess awaitPort(int port) {
    try {
      Lab.awaitPort(port, process, log);
      return this;
    } catch (IllegalStateException e) {
      close();
      throw e;
    }
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /// The first line a short command prints.
  static String firstLine(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().findFirst().orElse("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(END_S, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}

package dev.farcap.benchmark;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program that is not ours to talk to: started, waited for, stopped. Its output goes to a file.
/// It does not outlive this process.
final class NativeProcess implements AutoCloseable {
  private static final long END_S = 10;

  private final Process process;
  private final Path log;
  private final long startedNanos = System.nanoTime();
  private long startNanos;

  private NativeProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /// Starts a command in a folder; its output goes to a file.
  ///
  /// @throws IllegalStateException if there is no such program
  static NativeProcess start(List<String> command, Path folder, Path log) {
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
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
      startNanos = System.nanoTime() - startedNanos;
      return this;
    } catch (IllegalStateException e) {
      close();
      throw e;
    }
  }

  /// From its start to its port, once that was awaited.
  long startNanos() {
    return startNanos;
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /// What a short command prints.
  ///
  /// @throws IllegalStateException with what it printed if it fails
  static String output(List<String> command, Path folder) {
    try {
      Process process =
          new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      if (code != 0) {
        throw new IllegalStateException(
            String.join(" ", command) + " ended with " + code + ": " + text);
      }
      return text;
    } catch (IOException e) {
      throw new IllegalStateException(command.getFirst() + " does not start: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + command.getFirst() + " ran", e);
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

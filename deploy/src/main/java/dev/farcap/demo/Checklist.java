package dev.farcap.demo;

import java.io.PrintWriter;
import java.util.Locale;

/// Shows steps as they are checked, and whether all held.
final class Checklist {
  private static final long NANOS_PER_MS = 1_000_000;

  private final PrintWriter out;
  private boolean allHeld = true;

  Checklist(PrintWriter out) {
    this.out = out;
  }

  /// A step: what it found goes to `found`, any exception is a failure.
  @FunctionalInterface
  interface Step {
    /// Does it.
    ///
    /// @return one line: what held, with values
    String check() throws Exception;
  }

  /// Runs a step; the next ones run whatever comes of it, unless the thread is interrupted.
  ///
  /// @return whether it held
  boolean step(String title, Step step) {
    if (Thread.currentThread().isInterrupted()) {
      allHeld = false;
      return false;
    }
    try {
      String found = step.check();
      out.println("  ✓ " + title + ": " + found);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return failed(title, e);
    } catch (Exception e) {
      return failed(title, e);
    }
  }

  private boolean failed(String title, Exception e) {
    allHeld = false;
    out.println("  ✗ " + title + ": " + (e.getMessage() == null ? e.toString() : e.getMessage()));
    return false;
  }

  /// A line below a step.
  void note(String text) {
    out.println("      " + text);
  }

  /// A line of its own.
  void line(String text) {
    out.println(text);
  }

  boolean allHeld() {
    return allHeld;
  }

  /// A duration for people.
  static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.1f ms", (double) nanos / NANOS_PER_MS);
  }
}

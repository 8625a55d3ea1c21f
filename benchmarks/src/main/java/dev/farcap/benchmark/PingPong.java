package dev.farcap.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// [Floor#BYTES] there and back, again and again.
interface PingPong extends AutoCloseable {
  /// What it is, as it goes into the report.
  String version();

  /// Runs so many times.
  ///
  /// @return median round trip in microseconds
  /// @throws IllegalStateException if it fails, with what it says
  double medianMicros(int rounds);

  @Override
  void close();

  /// A program in C, `src/main/c/NAME.c`, compiled by `cc`. Its last arguments are bytes and
  /// rounds, and it prints a line of JSON with `p50_us`.
  ///
  /// @param arguments before those
  static PingPong inC(String name, Lab lab, String... arguments) {
    Path folder = lab.freshFolder(name);
    Path source = lab.root().resolve("benchmarks/src/main/c").resolve(name + ".c");
    String program = folder.resolve(name).toString();
    var _ = NativeProcess.output(List.of("cc", "-O2", "-o", program, source.toString()), folder);
    return new PingPong() {
      @Override
      public String version() {
        return name + " in C";
      }

      @Override
      public double medianMicros(int rounds) {
        List<String> command = new ArrayList<>();
        command.add(program);
        command.addAll(List.of(arguments));
        command.addAll(List.of(Integer.toString(Floor.BYTES), Integer.toString(rounds)));
        return p50(NativeProcess.output(command, folder));
      }

      @Override
      public void close() {}
    };
  }

  private static double p50(String line) {
    try {
      return new ObjectMapper().readTree(line).path("p50_us").doubleValue();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("no JSON: " + line, e);
    }
  }

  /// Aeron over memory, both ends in one process of their own.
  static PingPong aeron(Lab lab) {
    ChildJvm child =
        ChildJvm.start(
            AeronPingPong.class,
            List.of("--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED"),
            lab.freshFolder("aeron").toString());
    return new PingPong() {
      @Override
      public String version() {
        return child.greeting();
      }

      @Override
      public double medianMicros(int rounds) {
        return Double.parseDouble(child.ask(Integer.toString(rounds), "median"));
      }

      @Override
      public void close() {
        child.close();
      }
    };
  }
}

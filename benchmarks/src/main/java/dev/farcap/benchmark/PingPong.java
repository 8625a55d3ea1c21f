package dev.farcap.benchmark;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// [Floor#BYTES] there and back, again and again.
interface PingPong extends AutoCloseable {
  /// What it is, as it goes into the report.
  String version();

  /// Runs for so long.
  ///
  /// @return median round trip in microseconds
  /// @throws IllegalStateException if it fails, with what it says
  double medianMicros(Duration length);

  @Override
  void close();

  /// A program in C, `src/main/c/NAME.c`, compiled by `cc`; its arguments are milliseconds and
  /// bytes.
  static PingPong inC(String name, Lab lab) {
    Path folder = lab.folder(name);
    Path source = lab.root().resolve("benchmarks/src/main/c").resolve(name + ".c");
    Path program = folder.resolve(name);
    var _ =
        NativeProcess.output(
            List.of("cc", "-O2", "-o", program.toString(), source.toString()), folder);
    return new PingPong() {
      @Override
      public String version() {
        return name + " in C";
      }

      @Override
      public double medianMicros(Duration length) {
        List<String> command =
            List.of(
                program.toString(), Long.toString(length.toMillis()), Integer.toString(Floor.BYTES));
        return Double.parseDouble(NativeProcess.output(command, folder).strip());
      }

      @Override
      public void close() {}
    };
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
      public double medianMicros(Duration length) {
        return Double.parseDouble(child.ask(Long.toString(length.toMillis()), "median"));
      }

      @Override
      public void close() {
        child.close();
      }
    };
  }
}

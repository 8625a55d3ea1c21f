package dev.farcap.benchmark;

import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/// What a load generator does: calls, always the same number in flight.
///
/// @param inFlight calls begun and not yet answered, at least 1
/// @param payloadBytes payload of each request, and of each reply
/// @param replies of each call: 1 of a unary call, more of one that is answered by a stream
record Load(int inFlight, int payloadBytes, int replies) {
  /// Messages of a stream: enough that its beginning and end do not count.
  private static final int STREAMED = 1_000;

  static Load unary(int inFlight, int payloadBytes) {
    return new Load(inFlight, payloadBytes, 1);
  }

  static Load streams(int inFlight, int payloadBytes) {
    return new Load(inFlight, payloadBytes, STREAMED);
  }

  /// As one line between processes.
  String toLine() {
    return inFlight + " " + payloadBytes + " " + replies;
  }

  Load {
    if (inFlight < 1 || payloadBytes < 0 || replies < 1) {
      throw new IllegalArgumentException(
          "load of " + inFlight + " calls in flight, " + payloadBytes + " bytes");
    }
  }

  /// What one round of it showed.
  ///
  /// @param calls answered within the round; of streams, their messages
  /// @param elapsedNanos length of the round, to the last answer
  /// @param medianNanos from the start of a call to its end
  /// @param p99Nanos the same for the slowest hundredth
  /// @param cpuNanos processor time of the subject: of the generator's process where it is a
  ///   library
  /// @param allocatedBytes by all threads of the generator's process
  record Result(
      long calls,
      long elapsedNanos,
      long medianNanos,
      long p99Nanos,
      long cpuNanos,
      long allocatedBytes) {

    double callsPerSecond() {
      return calls * 1e9 / elapsedNanos;
    }

    double medianMicros() {
      return medianNanos / 1e3;
    }

    double bytesPerCall() {
      return (double) allocatedBytes / calls;
    }

    /// The same with another processor time.
    Result withCpuNanos(long nanos) {
      return new Result(calls, elapsedNanos, medianNanos, p99Nanos, nanos, allocatedBytes);
    }

    double cpuSecondsPerThousandCalls() {
      return cpuNanos / 1e6 / calls;
    }

    /// As one line between processes.
    String toLine() {
      return LongStream.of(calls, elapsedNanos, medianNanos, p99Nanos, cpuNanos, allocatedBytes)
          .mapToObj(Long::toString)
          .collect(Collectors.joining(" "));
    }

    /// Reads [#toLine()].
    static Result parse(String line) {
      long[] numbers = Stream.of(line.split(" ", -1)).mapToLong(Long::parseLong).toArray();
      return new Result(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
    }
  }
}

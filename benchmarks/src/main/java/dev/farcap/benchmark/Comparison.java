package dev.farcap.benchmark;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One promise that is measured: a name that the bounds know, and what is set beside what.
///
/// @param name as in the file of bounds
/// @param figure what is read from a round
/// @param ours the subject of this project
/// @param peer what it is compared with, or null where the bound is absolute
record Comparison(
    String name, Load load, Figure figure, SubjectKind ours, @Nullable SubjectKind peer) {

  /// A number of a round, with its unit.
  enum Figure {
    /// Calls answered in a second.
    RATE("calls/s"),
    /// Median of the time from a call's start to its end.
    LATENCY("µs"),
    /// Bytes of garbage per call: both ends of the library, the stubs and the load included.
    ALLOCATION("B/call");

    private final String unit;

    Figure(String unit) {
      this.unit = unit;
    }

    String unit() {
      return unit;
    }

    double of(Load.Result result) {
      return switch (this) {
        case RATE -> result.callsPerSecond();
        case LATENCY -> result.medianMicros();
        case ALLOCATION -> result.bytesPerCall();
      };
    }
  }

  private static final Load ONE = new Load(1, 100);

  /// In the order in which they are run: subjects in use together stand together.
  static final List<Comparison> ALL =
      List.of(
          new Comparison(
              "library-unary-1-latency-vs-grpc-mtls",
              ONE,
              Figure.LATENCY,
              SubjectKind.FARCAP_LIBRARY,
              SubjectKind.GRPC_LIBRARY),
          new Comparison(
              "library-unary-100-rate-vs-grpc-mtls",
              new Load(100, 100),
              Figure.RATE,
              SubjectKind.FARCAP_LIBRARY,
              SubjectKind.GRPC_LIBRARY),
          new Comparison(
              "library-64k-rate-vs-grpc-mtls",
              new Load(4, 64 << 10),
              Figure.RATE,
              SubjectKind.FARCAP_LIBRARY,
              SubjectKind.GRPC_LIBRARY),
          new Comparison(
              "library-allocation-bytes",
              new Load(100, 100),
              Figure.ALLOCATION,
              SubjectKind.FARCAP_LIBRARY,
              null),
          new Comparison(
              "pair-unary-1-latency-vs-haproxy",
              ONE,
              Figure.LATENCY,
              SubjectKind.FARCAP_PAIR,
              SubjectKind.HAPROXY_PAIR),
          new Comparison(
              "pair-unary-64-rate-vs-haproxy",
              new Load(64, 100),
              Figure.RATE,
              SubjectKind.FARCAP_PAIR,
              SubjectKind.HAPROXY_PAIR));
}

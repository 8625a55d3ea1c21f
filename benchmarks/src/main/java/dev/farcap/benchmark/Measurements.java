package dev.farcap.benchmark;

import static dev.farcap.benchmark.SubjectKind.FARCAP_LIBRARY;
import static dev.farcap.benchmark.SubjectKind.FARCAP_PAIR;
import static dev.farcap.benchmark.SubjectKind.GRPC_LIBRARY;
import static dev.farcap.benchmark.SubjectKind.HAPROXY_PAIR;
import static dev.farcap.benchmark.SubjectKind.NGINX_PAIR;
import static dev.farcap.benchmark.SubjectKind.STUNNEL_PAIR;

import dev.farcap.benchmark.Comparison.Figure;
import java.util.List;

/// All that is measured, in the order in which it is run: figures of one contest stand together.
/// Names that a file of bounds knows come with a verdict; the others are there to be read.
final class Measurements {
  private static final Load LARGE = Load.unary(4, 64 << 10);
  private static final Load STREAMS = Load.streams(4, 100);

  private static final Contest LIBRARY_ALONE = libraries(Load.unary(1, 100));
  private static final Contest LIBRARY_HUNDRED = libraries(Load.unary(100, 100));
  private static final Contest LIBRARY_LARGE = libraries(LARGE);
  private static final Contest LIBRARY_STREAMS = libraries(STREAMS);
  private static final Contest PAIR_ALONE = pairs(Load.unary(1, 100));
  private static final Contest PAIR_EIGHT = pairs(Load.unary(8, 100));
  private static final Contest PAIR_MANY = pairs(Load.unary(64, 100));
  private static final Contest PAIR_LARGE = pairs(LARGE);
  private static final Contest PAIR_STREAMS = pairs(STREAMS);

  private static Contest libraries(Load load) {
    return new Contest(load, FARCAP_LIBRARY, GRPC_LIBRARY);
  }

  private static Contest pairs(Load load) {
    return new Contest(load, FARCAP_PAIR, HAPROXY_PAIR, NGINX_PAIR, STUNNEL_PAIR);
  }

  static final List<Measurement> ALL =
      List.of(
          // Before anything else runs on this machine.
          new ColdStart(),
          new ProxyMemory(),
          new Comparison(
              "library-unary-1-latency-vs-grpc-mtls", LIBRARY_ALONE, Figure.LATENCY, GRPC_LIBRARY),
          new Comparison(
              "library-unary-100-rate-vs-grpc-mtls", LIBRARY_HUNDRED, Figure.RATE, GRPC_LIBRARY),
          new Comparison("library-allocation-bytes", LIBRARY_HUNDRED, Figure.ALLOCATION),
          new Comparison("library-64k-rate-vs-grpc-mtls", LIBRARY_LARGE, Figure.RATE, GRPC_LIBRARY),
          new Comparison(
              "library-stream-rate-vs-grpc-mtls", LIBRARY_STREAMS, Figure.RATE, GRPC_LIBRARY),
          new RelayAllocation(),
          new Comparison(
              "pair-unary-1-latency-vs-haproxy", PAIR_ALONE, Figure.LATENCY, HAPROXY_PAIR),
          new Comparison("pair-unary-1-latency-vs-nginx", PAIR_ALONE, Figure.LATENCY, NGINX_PAIR),
          new Comparison(
              "pair-unary-1-latency-vs-stunnel", PAIR_ALONE, Figure.LATENCY, STUNNEL_PAIR),
          new Comparison("pair-unary-8-rate-vs-haproxy", PAIR_EIGHT, Figure.RATE, HAPROXY_PAIR),
          new Comparison("pair-unary-8-rate-vs-nginx", PAIR_EIGHT, Figure.RATE, NGINX_PAIR),
          new Comparison("pair-unary-8-rate-vs-stunnel", PAIR_EIGHT, Figure.RATE, STUNNEL_PAIR),
          new Comparison("pair-unary-64-rate-vs-haproxy", PAIR_MANY, Figure.RATE, HAPROXY_PAIR),
          new Comparison("pair-unary-64-rate-vs-nginx", PAIR_MANY, Figure.RATE, NGINX_PAIR),
          new Comparison("pair-unary-64-rate-vs-stunnel", PAIR_MANY, Figure.RATE, STUNNEL_PAIR),
          new Comparison(
              "pair-64k-rate-vs-best-pair",
              PAIR_LARGE,
              Figure.RATE,
              HAPROXY_PAIR,
              NGINX_PAIR,
              STUNNEL_PAIR),
          new Comparison("pair-stream-rate-vs-haproxy", PAIR_STREAMS, Figure.RATE, HAPROXY_PAIR),
          new Comparison("pair-stream-rate-vs-nginx", PAIR_STREAMS, Figure.RATE, NGINX_PAIR),
          new Comparison("pair-stream-rate-vs-stunnel", PAIR_STREAMS, Figure.RATE, STUNNEL_PAIR),
          new SignalLatency(),
          new RomChange("rom-1k-change-latency-vs-etcd-watch", 1),
          new RomChange("rom-1k-change-50-readers-latency-vs-etcd-watch", 50),
          new LogRate(),
          // Last: it fills the proxies.
          new IdleSessions());

  private Measurements() {}
}

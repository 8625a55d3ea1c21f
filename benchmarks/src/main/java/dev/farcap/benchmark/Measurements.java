package dev.farcap.benchmark;

import static dev.farcap.benchmark.SubjectKind.FARCAP_LIBRARY;
import static dev.farcap.benchmark.SubjectKind.FARCAP_PAIR;
import static dev.farcap.benchmark.SubjectKind.GRPC_LIBRARY;
import static dev.farcap.benchmark.SubjectKind.HAPROXY_PAIR;
import static dev.farcap.benchmark.SubjectKind.NGINX_PAIR;
import static dev.farcap.benchmark.SubjectKind.STUNNEL_PAIR;

import dev.farcap.benchmark.Comparison.Figure;
import java.util.List;

/// All that is measured, in the order in which it is run: subjects in use together stand together.
/// Names that a file of bounds knows come with a verdict; the others are there to be read.
final class Measurements {
  private static final Load ONE = Load.unary(1, 100);
  private static final Load EIGHT = Load.unary(8, 100);
  private static final Load MANY = Load.unary(64, 100);
  private static final Load LARGE = Load.unary(4, 64 << 10);
  private static final Load HUNDRED = Load.unary(100, 100);
  private static final Load STREAMS = Load.streams(4, 100);

  static final List<Measurement> ALL =
      List.of(
          // Before anything else runs on this machine.
          new ColdStart(),
          new ProxyMemory(),
          new Comparison(
              "library-unary-1-latency-vs-grpc-mtls",
              ONE,
              Figure.LATENCY,
              FARCAP_LIBRARY,
              GRPC_LIBRARY),
          new Comparison(
              "library-unary-100-rate-vs-grpc-mtls",
              HUNDRED,
              Figure.RATE,
              FARCAP_LIBRARY,
              GRPC_LIBRARY),
          new Comparison(
              "library-64k-rate-vs-grpc-mtls", LARGE, Figure.RATE, FARCAP_LIBRARY, GRPC_LIBRARY),
          new Comparison(
              "library-stream-rate-vs-grpc-mtls",
              STREAMS,
              Figure.RATE,
              FARCAP_LIBRARY,
              GRPC_LIBRARY),
          new Comparison("library-allocation-bytes", HUNDRED, Figure.ALLOCATION, FARCAP_LIBRARY),
          new RelayAllocation(),
          new Comparison(
              "pair-unary-1-latency-vs-haproxy", ONE, Figure.LATENCY, FARCAP_PAIR, HAPROXY_PAIR),
          new Comparison(
              "pair-unary-1-latency-vs-nginx", ONE, Figure.LATENCY, FARCAP_PAIR, NGINX_PAIR),
          new Comparison(
              "pair-unary-1-latency-vs-stunnel", ONE, Figure.LATENCY, FARCAP_PAIR, STUNNEL_PAIR),
          new Comparison(
              "pair-unary-8-rate-vs-haproxy", EIGHT, Figure.RATE, FARCAP_PAIR, HAPROXY_PAIR),
          new Comparison(
              "pair-unary-64-rate-vs-haproxy", MANY, Figure.RATE, FARCAP_PAIR, HAPROXY_PAIR),
          new Comparison("pair-unary-64-rate-vs-nginx", MANY, Figure.RATE, FARCAP_PAIR, NGINX_PAIR),
          new Comparison(
              "pair-unary-64-rate-vs-stunnel", MANY, Figure.RATE, FARCAP_PAIR, STUNNEL_PAIR),
          new Comparison(
              "pair-64k-rate-vs-best-pair",
              LARGE,
              Figure.RATE,
              FARCAP_PAIR,
              HAPROXY_PAIR,
              NGINX_PAIR,
              STUNNEL_PAIR),
          new Comparison(
              "pair-stream-rate-vs-haproxy", STREAMS, Figure.RATE, FARCAP_PAIR, HAPROXY_PAIR),
          new SignalLatency(),
          new RomChange("rom-1k-change-latency-vs-etcd-watch", 1),
          new RomChange("rom-1k-change-50-readers-latency-vs-etcd-watch", 50),
          new LogRate(),
          // Last: it fills the proxies.
          new IdleSessions());

  private Measurements() {}
}

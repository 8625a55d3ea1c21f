package dev.farcap.benchmark;

import static dev.farcap.benchmark.SubjectKind.FARCAP_LIBRARY;
import static dev.farcap.benchmark.SubjectKind.FARCAP_NIC;
import static dev.farcap.benchmark.SubjectKind.FARCAP_PAIR;
import static dev.farcap.benchmark.SubjectKind.FARCAP_QUIC;
import static dev.farcap.benchmark.SubjectKind.FARCAP_SHM_SLEEP;
import static dev.farcap.benchmark.SubjectKind.FARCAP_SHM_SPIN;
import static dev.farcap.benchmark.SubjectKind.FARCAP_TLS_WIRE;
import static dev.farcap.benchmark.SubjectKind.GRPC_LIBRARY;
import static dev.farcap.benchmark.SubjectKind.HAPROXY_PAIR;
import static dev.farcap.benchmark.SubjectKind.NGINX_PAIR;
import static dev.farcap.benchmark.SubjectKind.STUNNEL_PAIR;

import dev.farcap.benchmark.Comparison.Figure;
import java.util.List;
import java.util.stream.Stream;

/// What is measured together, in the order in which it is run: figures of one contest stand
/// together. Names that a file of bounds knows come with a verdict; the others are there to be
/// read.
///
/// @param group of the bounds
record Suite(String group, List<Measurement> measurements) {
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

  /// Beside other programs.
  private static final Suite PEERS =
      new Suite(
          "peers",
          List.of(
              // Before anything else runs on this machine.
              new ColdStart(),
              new ProxyMemory(),
              new Comparison(
                  "library-unary-1-latency-vs-grpc-mtls",
                  LIBRARY_ALONE,
                  Figure.LATENCY,
                  GRPC_LIBRARY),
              new Comparison(
                  "library-unary-100-rate-vs-grpc-mtls",
                  LIBRARY_HUNDRED,
                  Figure.RATE,
                  GRPC_LIBRARY),
              new Comparison("library-allocation-bytes", LIBRARY_HUNDRED, Figure.ALLOCATION),
              new Comparison(
                  "library-64k-rate-vs-grpc-mtls", LIBRARY_LARGE, Figure.RATE, GRPC_LIBRARY),
              new Comparison(
                  "library-stream-rate-vs-grpc-mtls", LIBRARY_STREAMS, Figure.RATE, GRPC_LIBRARY),
              new RelayAllocation(),
              new Comparison(
                  "pair-unary-1-latency-vs-haproxy", PAIR_ALONE, Figure.LATENCY, HAPROXY_PAIR),
              new Comparison(
                  "pair-unary-1-latency-vs-nginx", PAIR_ALONE, Figure.LATENCY, NGINX_PAIR),
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
              new Comparison(
                  "pair-stream-rate-vs-haproxy", PAIR_STREAMS, Figure.RATE, HAPROXY_PAIR),
              new Comparison("pair-stream-rate-vs-nginx", PAIR_STREAMS, Figure.RATE, NGINX_PAIR),
              new Comparison(
                  "pair-stream-rate-vs-stunnel", PAIR_STREAMS, Figure.RATE, STUNNEL_PAIR),
              new SignalLatency(),
              new RomChange("rom-1k-change-latency-vs-etcd-watch", 1),
              new RomChange("rom-1k-change-50-readers-latency-vs-etcd-watch", 50),
              new LogRate(),
              // Last: it fills the proxies.
              new IdleSessions()));

  private static final Contest MEDIA_ALONE = media(Load.unary(1, 100));
  private static final Contest WIRE_ALONE = wire(Load.unary(1, 100));
  private static final Contest WIRE_LARGE = wire(LARGE);
  private static final Contest MEDIA_MANY = media(Load.unary(64, 100));
  private static final Contest MEDIA_LARGE = media(LARGE);

  /// Over one medium beside another.
  private static final Suite MEDIA =
      new Suite(
          "media",
          List.of(
              overTls("quic-unary-1-latency-vs-tls", MEDIA_ALONE, Figure.LATENCY, FARCAP_QUIC),
              overTls(
                  "shm-spin-unary-1-latency-vs-tls", MEDIA_ALONE, Figure.LATENCY, FARCAP_SHM_SPIN),
              overTls(
                  "shm-sleep-unary-1-latency-vs-tls",
                  MEDIA_ALONE,
                  Figure.LATENCY,
                  FARCAP_SHM_SLEEP),
              new Floor("shm-spin-unary-1-latency-vs-aeron-ipc", FARCAP_SHM_SPIN, PingPong::aeron),
              new Floor(
                  "shm-sleep-unary-1-latency-vs-c-eventfd",
                  FARCAP_SHM_SLEEP,
                  lab -> PingPong.inC("eventfd-pingpong", lab)),
              new Comparison(
                  "nic-unary-1-latency-vs-tls-veth", WIRE_ALONE, Figure.LATENCY, FARCAP_TLS_WIRE),
              new Comparison("nic-bulk-rate-vs-tls-veth", WIRE_LARGE, Figure.RATE, FARCAP_TLS_WIRE),
              new Floor(
                  "nic-unary-1-latency-vs-c-packet",
                  FARCAP_NIC,
                  lab ->
                      lab.onWire(
                          PingPong.inC(
                              "nic-pingpong",
                              lab,
                              Namespace.HOSTS + "-a:wire0",
                              Namespace.HOSTS + "-b:wire0"))),
              overTls("quic-unary-64-rate-vs-tls", MEDIA_MANY, Figure.RATE, FARCAP_QUIC),
              overTls("shm-unary-64-rate-vs-tls", MEDIA_MANY, Figure.RATE, FARCAP_SHM_SLEEP),
              overTls("quic-64k-rate-vs-tls", MEDIA_LARGE, Figure.RATE, FARCAP_QUIC),
              overTls("shm-64k-rate-vs-tls", MEDIA_LARGE, Figure.RATE, FARCAP_SHM_SLEEP)));

  /// Of the routing directory.
  private static final Suite DIRECTORY =
      new Suite("directory", List.of(new RoutingTime(), new DirectoryMemory()));

  private static Contest wire(Load load) {
    return new Contest(load, FARCAP_NIC, FARCAP_TLS_WIRE);
  }

  private static Contest media(Load load) {
    return new Contest(load, FARCAP_LIBRARY, FARCAP_QUIC, FARCAP_SHM_SPIN, FARCAP_SHM_SLEEP);
  }

  private static Comparison overTls(
      String name, Contest contest, Figure figure, SubjectKind medium) {
    return new Comparison(name, contest, figure, medium, List.of(FARCAP_LIBRARY));
  }

  /// @param group of one that there is
  static Suite of(String group) {
    return Stream.of(PEERS, MEDIA, DIRECTORY)
        .filter(suite -> suite.group.equals(group))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no suite " + group));
  }
}

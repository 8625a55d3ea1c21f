package dev.farcap.benchmark;

/// Who can be measured, and how it is started.
enum SubjectKind {
  /// A session's channel over a TLS link.
  FARCAP_LIBRARY,

  /// grpc-java directly over mutual TLS.
  GRPC_LIBRARY,

  /// A client-proxy and a server-proxy as processes.
  FARCAP_PAIR,

  /// Two HAProxy processes.
  HAPROXY_PAIR,

  /// Two nginx processes.
  NGINX_PAIR,

  /// Two stunnel processes.
  STUNNEL_PAIR;

  /// Starts it and waits until it can be reached.
  ///
  /// @throws IllegalStateException if it does not start, with what it says
  Subject start(Lab lab) {
    return switch (this) {
      case FARCAP_LIBRARY -> new Subject.Library("farcap", FarcapLibrary.TARGET);
      case GRPC_LIBRARY -> new Subject.Library("grpc-java", GrpcLibrary.TARGET);
      case FARCAP_PAIR -> FarcapPair.start(lab);
      case HAPROXY_PAIR -> NativePair.start(new HaproxyPair(), lab);
      case NGINX_PAIR -> NativePair.start(new NginxPair(), lab);
      case STUNNEL_PAIR -> NativePair.start(new StunnelPair(), lab);
    };
  }
}

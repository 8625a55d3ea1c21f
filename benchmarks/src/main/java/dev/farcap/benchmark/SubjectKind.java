package dev.farcap.benchmark;

/// Who can be measured, and how it is started.
enum SubjectKind {
  /// A session's channel over a TLS link.
  FARCAP_LIBRARY,

  /// The same over QUIC.
  FARCAP_QUIC,

  /// The same over shared memory, looking for the next frame for ever.
  FARCAP_SHM_SPIN,

  /// The same over shared memory, sleeping at once.
  FARCAP_SHM_SLEEP,

  /// The same over TLS between two hosts that a wire joins.
  FARCAP_TLS_WIRE,

  /// The same over that wire without IP.
  FARCAP_NIC,

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
      case FARCAP_LIBRARY -> FarcapLibrary.subject(FarcapLibrary.Way.TLS);
      case FARCAP_QUIC -> FarcapLibrary.subject(FarcapLibrary.Way.QUIC);
      case FARCAP_SHM_SPIN -> FarcapLibrary.subject(FarcapLibrary.Way.SHM_SPIN);
      case FARCAP_SHM_SLEEP -> FarcapLibrary.subject(FarcapLibrary.Way.SHM_SLEEP);
      case FARCAP_TLS_WIRE -> lab.onWire(FarcapLibrary.subject(FarcapLibrary.Way.TLS_WIRE));
      case FARCAP_NIC -> lab.onWire(FarcapLibrary.subject(FarcapLibrary.Way.NIC));
      case GRPC_LIBRARY -> new Subject.Library("grpc-java", GrpcLibrary.TARGET);
      case FARCAP_PAIR -> FarcapPair.start(lab);
      case HAPROXY_PAIR -> NativePair.start(new HaproxyPair(), lab);
      case NGINX_PAIR -> NativePair.start(new NginxPair(), lab);
      case STUNNEL_PAIR -> NativePair.start(new StunnelPair(), lab);
    };
  }
}

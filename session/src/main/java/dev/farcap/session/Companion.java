package dev.farcap.session;

import java.util.Set;

/// Services that answer in a session about the session's own interface: whether it serves, and what
/// it looks like.
///
/// Whoever may open a session may ask them in it, whatever methods the grant names, and they speak
/// of its interface only. Among the methods of an interface, which bear bare names, theirs bear the
/// full one: `grpc.health.v1.Health/Check`. No method that protobuf defines has such a name.
public final class Companion {
  /// Whether the interface serves.
  public static final String HEALTH = "grpc.health.v1.Health";

  /// What the interface looks like.
  public static final String REFLECTION = "grpc.reflection.v1.ServerReflection";

  private static final Set<String> SERVICES = Set.of(HEALTH, REFLECTION);

  private Companion() {}

  /// Whether a service is a companion of every session.
  public static boolean isService(String name) {
    return SERVICES.contains(name);
  }

  /// Whether a method of a session, as it crosses the link, is a companion's.
  public static boolean isMethod(String name) {
    return name.indexOf('/') >= 0;
  }
}

package dev.farcap.ca;

import dev.farcap.capability.Grant;
import dev.farcap.capability.LabelPattern;
import dev.farcap.capability.MethodSet;
import dev.farcap.capability.ServerPattern;
import java.time.Duration;

/// What a grant is to permit.
///
/// @param holder who may use it: a key id, an identity, a certificate file, or the folder that
///   [RealmFolder#issue] wrote
/// @param service full gRPC service name
/// @param server which servers
/// @param label which wire labels
/// @param methods which methods
/// @param life from now until it expires
/// @param limits what its sessions may use
public record GrantOrder(
    String holder,
    String service,
    ServerPattern server,
    LabelPattern label,
    MethodSet methods,
    Duration life,
    Grant.Limits limits) {
  /// An order for every method, of default life and limits.
  public static GrantOrder of(
      String holder, String service, ServerPattern server, LabelPattern label) {
    return new GrantOrder(
        holder,
        service,
        server,
        label,
        MethodSet.ALL,
        RealmFolder.DEFAULT_LIFE,
        Grant.Limits.DEFAULT);
  }

  /// The same for some methods only.
  public GrantOrder withMethods(MethodSet some) {
    return new GrantOrder(holder, service, server, label, some, life, limits);
  }

  /// The same for another time.
  public GrantOrder withLife(Duration other) {
    return new GrantOrder(holder, service, server, label, methods, other, limits);
  }

  /// The same for another use of what is granted.
  public GrantOrder withLimits(Grant.Limits other) {
    return new GrantOrder(holder, service, server, label, methods, life, other);
  }
}

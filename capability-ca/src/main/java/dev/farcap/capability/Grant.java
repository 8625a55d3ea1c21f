package dev.farcap.capability;

import dev.farcap.session.Id128;
import dev.farcap.session.KeyId;
import dev.farcap.session.Quota;
import dev.farcap.session.SessionRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a realm permits a holder: to open sessions of one interface, under some labels, at some
/// servers, for a while.
///
/// @param realm whose keys decide
/// @param issuer the CAP_ISSUE key that signed it
/// @param serial random; makes two equal grants differ
/// @param holder the key of whoever may present it
/// @param service full gRPC service name: the interface
/// @param server which servers, all of the same realm
/// @param label which wire labels
/// @param methods which methods; checked at every call
/// @param notBefore the first instant at which it holds, in whole milliseconds
/// @param expires the first instant at which it no longer holds, in whole milliseconds
/// @param depth how often it may be delegated further, 0..[#DEPTH_MAX]
/// @param limits what its sessions may use
/// @param maxStaleness how old the newest revocation list may be, if the grant is stricter than its
///   realm, in whole milliseconds; means nothing in an offline realm
/// @param flags what else the holder may do
public record Grant(
    String realm,
    KeyId issuer,
    Id128 serial,
    VerifyingKey holder,
    String service,
    ServerPattern server,
    LabelPattern label,
    MethodSet methods,
    Instant notBefore,
    Instant expires,
    int depth,
    Limits limits,
    @Nullable Duration maxStaleness,
    Set<Flag> flags) {
  /// A token has at most 8 blocks.
  public static final int DEPTH_MAX = 7;

  /// What else a holder may do.
  public enum Flag {
    /// Introduce a third party to the server.
    HANDOFF_ALLOWED,
    /// Keep the token across restarts.
    PERSISTABLE
  }

  /// What the sessions of a grant may use.
  ///
  /// @param sessions open at a time, at least 1
  /// @param callsInFlight per session, at least 1
  /// @param bufferedBytes per session and direction, at least 1
  /// @param references live objects per session, at least 0
  /// @param callsPerSecond over all sessions, at least 1
  public record Limits(
      int sessions, int callsInFlight, long bufferedBytes, int references, int callsPerSecond) {
    /// As [Quota#DEFAULT], for 1,000 sessions and a million calls per second: no limit that an
    /// honest program notices.
    public static final Limits DEFAULT =
        new Limits(
            1_000,
            Quota.DEFAULT.calls(),
            Quota.DEFAULT.bufferedBytes(),
            Quota.DEFAULT.objects(),
            1_000_000);

    /// @throws IllegalArgumentException naming the parts if one is out of range
    public Limits {
      boolean positive =
          sessions >= 1 && callsInFlight >= 1 && bufferedBytes >= 1 && callsPerSecond >= 1;
      if (!positive || references < 0) {
        throw new IllegalArgumentException(
            "quota out of range: sessions %d, calls in flight %d, buffered bytes %d, calls/s %d"
                    .formatted(sessions, callsInFlight, bufferedBytes, callsPerSecond)
                + " (each at least 1), references "
                + references
                + " (at least 0)");
      }
    }

    /// What one session may hold.
    public Quota perSession() {
      return new Quota(callsInFlight, bufferedBytes, references);
    }
  }

  /// @throws IllegalArgumentException naming the field and the rule it breaks
  public Grant {
    flags = Set.copyOf(flags);
    SessionRequest.checkService(service);
    if (!server.realm().equals(realm)) {
      throw new IllegalArgumentException(
          "server '" + server + "' is not of the grant's realm '" + realm + "'");
    }
    checkMilliseconds("not-before", notBefore);
    checkMilliseconds("expires", expires);
    if (!notBefore.isBefore(expires)) {
      throw new IllegalArgumentException(
          "grant expires at " + expires + ", not after its start at " + notBefore);
    }
    if (depth < 0 || depth > DEPTH_MAX) {
      throw new IllegalArgumentException("depth is " + depth + ", expected 0.." + DEPTH_MAX);
    }
    if (maxStaleness != null && maxStaleness.toMillis() < 1) {
      throw new IllegalArgumentException("max staleness is below 1 ms");
    }
  }

  /// The same for other labels.
  Grant withLabel(LabelPattern other) {
    return new Grant(
        realm,
        issuer,
        serial,
        holder,
        service,
        server,
        other,
        methods,
        notBefore,
        expires,
        depth,
        limits,
        maxStaleness,
        flags);
  }

  private static void checkMilliseconds(String what, Instant time) {
    if (time.toEpochMilli() < 1 || !time.truncatedTo(ChronoUnit.MILLIS).equals(time)) {
      throw new IllegalArgumentException(
          what + " " + time + " is not in whole milliseconds since 1970");
    }
  }
}

package dev.farcap.session;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/// A failure of Farcap's own, named by what the caller does next.
///
/// A server's own status never becomes one of these and carries neither trailer.
///
/// @param kind what the caller does next
/// @param outcome whether the call may have been executed
/// @param message for the caller: coarse, without rules, labels or keys of the other side
public record Failure(Kind kind, Outcome outcome, String message) {
  /// What the caller does next.
  public enum Kind {
    /// It may not: ask the operator for a grant or a route.
    REFUSED(Status.Code.PERMISSION_DENIED),
    /// A bound was met: slow down, then again.
    OVERLOADED(Status.Code.RESOURCE_EXHAUSTED),
    /// The other side is away: wait, then open again.
    DISCONNECTED(Status.Code.UNAVAILABLE),
    /// The other side lacks it: do without.
    UNIMPLEMENTED(Status.Code.UNIMPLEMENTED),
    /// A mistake inside Farcap: report it.
    FAILED(Status.Code.INTERNAL);

    private final Status.Code code;

    Kind(Status.Code code) {
      this.code = code;
    }

    /// The gRPC status code the caller sees.
    public Status.Code code() {
      return code;
    }
  }

  /// Whether the call may have been executed.
  public enum Outcome {
    /// The call never reached the server: doing it again is safe.
    NOT_EXECUTED("not-executed"),
    /// It may or may not have been executed.
    UNKNOWN("unknown");

    private final String text;

    Outcome(String text) {
      this.text = text;
    }

    /// As written in the trailer `farcap-outcome`.
    public String text() {
      return text;
    }
  }

  /// A failure before anything was sent.
  public static Failure notExecuted(Kind kind, String message) {
    return new Failure(kind, Outcome.NOT_EXECUTED, message);
  }

  /// A failure after the call may have begun.
  public static Failure unknown(Kind kind, String message) {
    return new Failure(kind, Outcome.UNKNOWN, message);
  }

  /// The gRPC status the caller sees.
  public Status status() {
    return kind.code().toStatus().withDescription(message);
  }

  /// The trailers that tell it from a server's own status.
  ///
  /// @param origin which proxy says so: `client-proxy`, `server-proxy` or `link`
  public Metadata trailers(String origin) {
    Metadata trailers = new Metadata();
    trailers.put(MetadataKeys.ORIGIN, origin);
    trailers.put(MetadataKeys.OUTCOME, outcome.text());
    return trailers;
  }

  /// Status and trailers as one exception, for code at an application's edge.
  public StatusRuntimeException exception(String origin) {
    return new StatusRuntimeException(status(), trailers(origin));
  }
}

package dev.farcap.session;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.jspecify.annotations.Nullable;

/// A call of a typed stub failed, and the type says what the caller does next.
///
///     try {
///       lamp.set(3);
///     } catch (SessionException.Disconnected e) {
///       // wait; if e.isSafeToRepeat(), the same call again
///     }
///
/// Unchecked, because every call may fail so and few callers can do anything about it; failures
/// that an interface declares itself are checked. It is a gRPC status all the same: code that knows
/// only [StatusRuntimeException] goes on to work. What has none of these meanings (INVALID_ARGUMENT,
/// NOT_FOUND, DEADLINE_EXCEEDED, ...) arrives as a plain [StatusRuntimeException].
public abstract sealed class SessionException extends StatusRuntimeException {
  private static final long serialVersionUID = 1;

  private SessionException(Status status, @Nullable Metadata trailers) {
    super(status, trailers);
  }

  /// PERMISSION_DENIED: it may not. Ask the operator for a grant or a route.
  public static final class Refused extends SessionException {
    private static final long serialVersionUID = 1;

    private Refused(Status status, @Nullable Metadata trailers) {
      super(status, trailers);
    }
  }

  /// RESOURCE_EXHAUSTED: a bound was met. Slow down, then again.
  public static final class Overloaded extends SessionException {
    private static final long serialVersionUID = 1;

    private Overloaded(Status status, @Nullable Metadata trailers) {
      super(status, trailers);
    }
  }

  /// UNAVAILABLE: the other side is away. Wait, then open again.
  public static final class Disconnected extends SessionException {
    private static final long serialVersionUID = 1;

    private Disconnected(Status status, @Nullable Metadata trailers) {
      super(status, trailers);
    }
  }

  /// UNIMPLEMENTED: the other side lacks it. Do without.
  public static final class Unimplemented extends SessionException {
    private static final long serialVersionUID = 1;

    private Unimplemented(Status status, @Nullable Metadata trailers) {
      super(status, trailers);
    }
  }

  /// INTERNAL: a mistake inside Farcap or gRPC. Report it.
  public static final class Failed extends SessionException {
    private static final long serialVersionUID = 1;

    private Failed(Status status, @Nullable Metadata trailers) {
      super(status, trailers);
    }
  }

  /// The exception for how a call ended: one of these where the status has such a meaning.
  ///
  /// @param status not OK
  public static StatusRuntimeException of(Status status, @Nullable Metadata trailers) {
    return switch (status.getCode()) {
      case PERMISSION_DENIED -> new Refused(status, trailers);
      case RESOURCE_EXHAUSTED -> new Overloaded(status, trailers);
      case UNAVAILABLE -> new Disconnected(status, trailers);
      case UNIMPLEMENTED -> new Unimplemented(status, trailers);
      case INTERNAL -> new Failed(status, trailers);
      default -> new StatusRuntimeException(status, trailers);
    };
  }

  /// Who says so: `client-proxy`, `server-proxy` or `link`; null where the server itself said it,
  /// or the program's own gRPC library.
  public @Nullable String origin() {
    return trailer(MetadataKeys.ORIGIN);
  }

  /// Whether the call may have been executed.
  public Failure.Outcome outcome() {
    return isSafeToRepeat() ? Failure.Outcome.NOT_EXECUTED : Failure.Outcome.UNKNOWN;
  }

  /// The call never reached the server: doing it again cannot do it twice.
  public boolean isSafeToRepeat() {
    return Failure.Outcome.NOT_EXECUTED.text().equals(trailer(MetadataKeys.OUTCOME));
  }

  private @Nullable String trailer(Metadata.Key<String> key) {
    Metadata trailers = getTrailers();
    return trailers == null ? null : trailers.get(key);
  }
}

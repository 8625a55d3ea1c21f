package dev.farcap.deploy;

import dev.farcap.ca.CaException;
import dev.farcap.config.ConfigException;
import dev.farcap.node.NodeException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// Turns what went wrong into a message and an exit code. A user's mistake never shows a stack
/// trace; a mistake of ours does if `FARCAP_DEBUG` is set.
final class Failures {
  private Failures() {}

  /// The command line is wrong.
  static int usage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    say(err, String.valueOf(e.getMessage()));
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("See '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return ExitCode.USAGE;
  }

  /// The command was understood and failed.
  static int execution(Exception e, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    return switch (e) {
      case CommandException own -> failed(err, own.exitCode(), String.valueOf(own.getMessage()));
      case ConfigException wrong -> {
        wrong.problems().forEach(err::println);
        yield ExitCode.FAILED;
      }
      case CaException ca -> failed(err, ExitCode.FAILED, ca.getMessage());
      case NodeException node -> failed(err, ExitCode.FAILED, String.valueOf(node.getMessage()));
      case StatusRuntimeException status -> failed(err, code(status), describe(status));
      case IOException io -> failed(err, ExitCode.FAILED, describe(io));
      case UncheckedIOException io -> execution(cause(io), command, parsed);
      default -> bug(err, e);
    };
  }

  private static Exception cause(UncheckedIOException e) {
    IOException cause = e.getCause();
    return cause == null ? new IOException(e.getMessage()) : cause;
  }

  private static int failed(PrintWriter err, int code, String message) {
    say(err, message);
    return code;
  }

  private static void say(PrintWriter err, String message) {
    err.println("farcap: " + message);
  }

  private static int bug(PrintWriter err, Exception e) {
    say(err, "a mistake of farcap itself: " + e);
    if (System.getenv("FARCAP_DEBUG") == null) {
      say(err, "set FARCAP_DEBUG=1 to see where, and report it");
    } else {
      e.printStackTrace(err);
    }
    return ExitCode.FAILED;
  }

  static int code(StatusRuntimeException e) {
    return switch (e.getStatus().getCode()) {
      case PERMISSION_DENIED, UNAUTHENTICATED -> ExitCode.REFUSED;
      case UNAVAILABLE, DEADLINE_EXCEEDED -> ExitCode.UNAVAILABLE;
      default -> ExitCode.FAILED;
    };
  }

  private static String describe(StatusRuntimeException e) {
    Status status = e.getStatus();
    String what =
        switch (code(e)) {
          case ExitCode.REFUSED -> "refused";
          case ExitCode.UNAVAILABLE -> "unavailable";
          default -> status.getCode().toString().toLowerCase(java.util.Locale.ROOT);
        };
    Throwable cause = status.getCause();
    String detail = cause == null ? "" : " (" + cause.getMessage() + ")";
    return what + ": " + description(status) + detail;
  }

  /// What is told of a status: its description, or what that means where gRPC says it of its inner
  /// parts.
  static @Nullable String description(Status status) {
    if (isClosed(status)) {
      return "the listener closed the connection; if it does not allow this user, its log says so";
    }
    return status.getCause() instanceof ConnectException
        ? "nobody listens there: is the client-proxy running?"
        : status.getDescription();
  }

  /// Whether the other end closed the connection, as a listener does that does not allow a user.
  static boolean isClosed(Status status) {
    String description = String.valueOf(status.getDescription());
    String cause = status.getCause() == null ? "" : String.valueOf(status.getCause().getMessage());
    return status.getCode() == Status.Code.UNAVAILABLE
        && (description.startsWith("Connection closing while performing protocol negotiation")
            || description.startsWith("Network closed for unknown reason")
            || cause.endsWith("Connection reset by peer")
            || cause.endsWith("Broken pipe"));
  }

  private static String describe(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> e.getMessage() + ": there is no such file or folder";
      case AccessDeniedException _ -> e.getMessage() + ": permission denied";
      case FileAlreadyExistsException _ -> e.getMessage() + ": exists already";
      default -> String.valueOf(e.getMessage());
    };
  }
}

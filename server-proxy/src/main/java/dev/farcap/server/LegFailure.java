package dev.farcap.server;

import io.grpc.Status;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.FileNotFoundException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;

/// Says in one line of plain words why a server is not connected.
final class LegFailure {
  /// Causes looked at; a chain of them could be a ring.
  private static final int CAUSES_MAX = 16;

  private LegFailure() {}

  /// @param status of a call that did not wait for the connection
  static String reason(Status status) {
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      return "no answer to the attempt to connect";
    }
    List<Throwable> causes = causes(status);
    if (causes.isEmpty()) {
      return firstLine(String.valueOf(status.getDescription()));
    }
    String innermost = innermost(causes);
    for (Throwable cause : causes) {
      switch (cause) {
        case NotSslRecordException _ -> {
          return "it does not speak TLS";
        }
        case ConnectTimeoutException _ -> {
          return "no answer to the attempt to connect";
        }
        case FileNotFoundException _ -> {
          return "there is no such socket";
        }
        case ConnectException refused
            when String.valueOf(refused.getMessage()).contains("refused") -> {
          return "refused: nothing listens there";
        }
        case UnknownHostException _ -> {
          return "unknown host: " + innermost;
        }
        case CertificateException _ -> {
          return "its certificate is not trusted: " + innermost;
        }
        default -> {}
      }
    }
    return causes.stream().anyMatch(SSLException.class::isInstance)
        ? "TLS failed: " + innermost
        : innermost;
  }

  /// The outermost first.
  private static List<Throwable> causes(Status status) {
    List<Throwable> causes = new ArrayList<>();
    Throwable at = status.getCause();
    while (at != null && causes.size() < CAUSES_MAX) {
      causes.add(at);
      at = at.getCause();
    }
    return causes;
  }

  /// What the innermost cause that has a message says: it is the most exact one.
  private static String innermost(List<Throwable> causes) {
    for (Throwable cause : causes.reversed()) {
      String message = cause.getMessage();
      if (message != null) {
        return firstLine(message);
      }
    }
    return causes.getLast().getClass().getSimpleName();
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }
}

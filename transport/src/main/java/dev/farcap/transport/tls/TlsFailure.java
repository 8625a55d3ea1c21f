package dev.farcap.transport.tls;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslClosedEngineException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Says in one line of plain words why there is no connection.
public final class TlsFailure {
  /// As in `…:SSLV3_ALERT_BAD_CERTIFICATE`: an alert that the peer sent.
  private static final Pattern ALERT = Pattern.compile("(?:SSLV3|TLSV1)_ALERT_([A-Z_]+)");

  /// Causes looked at; a chain of them could be a ring.
  private static final int CAUSES_MAX = 16;

  private TlsFailure() {}

  /// Why there is no connection.
  ///
  /// @param failure of a connect, a handshake or a stream
  public static String describe(Throwable failure) {
    Throwable cause = failure instanceof DecoderException wrapped ? causeOf(wrapped) : failure;
    return switch (cause) {
      case ConnectTimeoutException _ -> "timed out: no answer to the attempt to connect";
      case NoRouteToHostException _ -> "unreachable: no route to the host";
      case ConnectException refused -> ofConnect(refused);
      case UnknownHostException _ -> "unknown host";
      case SslHandshakeTimeoutException _ -> "timed out: the peer did not finish the TLS handshake";
      case NotSslRecordException _ -> "the peer does not speak TLS";
      case SslClosedEngineException _ -> "the peer closed during handshake";
      case ClosedChannelException _ -> "the peer closed during handshake";
      case SSLException tls -> ofTls(tls);
      case IOException io -> "the connection broke: " + io.getMessage();
      default -> "a mistake at this end: " + cause;
    };
  }

  private static String ofConnect(ConnectException failure) {
    String text = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    if (text.contains("refused")) {
      return "refused: nothing listens there";
    }
    if (text.contains("unreachable")) {
      return "unreachable: no route to the host";
    }
    return text.contains("timed out")
        ? "timed out: no answer to the attempt to connect"
        : "cannot connect: " + failure.getMessage();
  }

  private static String ofTls(SSLException failure) {
    Matcher alert = ALERT.matcher(String.valueOf(failure.getMessage()));
    if (alert.find()) {
      return ofAlert(alert.group(1).toLowerCase(Locale.ROOT).replace('_', ' '));
    }
    CertificateException untrusted = certificateProblem(failure);
    if (untrusted != null) {
      return ofCertificate(untrusted);
    }
    String text = String.valueOf(failure.getMessage());
    if (text.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE")) {
      return "the peer has no certificate";
    }
    return text.contains("UNSUPPORTED_PROTOCOL")
        ? "the peer does not speak TLS 1.3"
        : "TLS failed: " + text;
  }

  /// What an alert of the peer says.
  ///
  /// @param number RFC 8446 section 6
  public static String ofAlert(int number) {
    return ofAlert(
        switch (number) {
          case 40 -> "handshake failure";
          case 42 -> "bad certificate";
          case 43 -> "unsupported certificate";
          case 44 -> "certificate revoked";
          case 45 -> "certificate expired";
          case 46 -> "certificate unknown";
          case 48 -> "unknown ca";
          case 70 -> "protocol version";
          case 80 -> "internal error";
          case 116 -> "certificate required";
          case 120 -> "no application protocol";
          default -> "number " + number;
        });
  }

  private static String ofAlert(String alert) {
    return switch (alert) {
      case "protocol version" -> "the peer does not speak TLS 1.3";
      case "bad certificate",
          "certificate unknown",
          "unknown ca",
          "certificate expired",
          "certificate required" ->
          "the peer refused the certificate of this end (alert '" + alert + "')";
      default -> "the peer refused (alert '" + alert + "')";
    };
  }

  private static Throwable causeOf(Throwable wrapper) {
    Throwable cause = wrapper.getCause();
    return cause == null ? wrapper : cause;
  }

  /// The innermost complaint about the peer's certificate, which is the most exact one.
  private static @Nullable CertificateException certificateProblem(Throwable failure) {
    CertificateException found = null;
    int depth = 0;
    for (Throwable at = failure; at != null && depth < CAUSES_MAX; at = at.getCause(), depth++) {
      if (at instanceof CertificateException complaint) {
        found = complaint;
      }
    }
    return found;
  }

  /// Why a peer's certificate is not believed.
  public static String ofCertificate(CertificateException untrusted) {
    String detail = untrusted.getMessage();
    return switch (untrusted) {
      case CertificateExpiredException _ -> "the peer's certificate has expired: " + detail;
      case CertificateNotYetValidException _ ->
          "the peer's certificate is not valid yet: " + detail;
      default -> "the peer's certificate is not from this realm (" + detail + ")";
    };
  }
}

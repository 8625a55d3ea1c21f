package dev.farcap.transport.quic;

import dev.farcap.transport.tls.TlsFailure;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.quic.QuicClosedChannelException;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicException;
import io.netty.handler.codec.quic.QuicStreamResetException;
import io.netty.handler.codec.quic.QuicTransportError;
import java.net.PortUnreachableException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/// Says in one line of plain words why there is no connection, or none any more.
final class QuicFailure {
  /// Application error codes of CONNECTION_CLOSE (RFC 9000 section 19.19).
  static final int ENDED = 0;

  /// The policy of this end does not admit the peer.
  static final int REFUSED = 1;

  /// Another first byte, or another stream after the one.
  static final int MISTAKE = 2;

  /// Causes looked at; a chain of them could be a ring.
  private static final int CAUSES_MAX = 16;

  private QuicFailure() {}

  /// @param tls what the connection was to be proven by, if it got so far
  static String describe(Throwable failure, @Nullable SSLEngine tls) {
    CertificateException untrusted = tls == null ? null : QuicContexts.whyUntrusted(tls);
    if (untrusted != null) {
      return TlsFailure.ofCertificate(untrusted);
    }
    return switch (failure) {
      case PortUnreachableException _ -> "refused: nothing listens there";
      case ConnectTimeoutException _ -> "timed out: no answer to the attempt to connect";
      case QuicClosedChannelException closed -> describe(closed.event());
      case QuicStreamResetException _ -> "the peer ended the stream";
      case QuicException broken -> "the peer broke QUIC: " + broken.getMessage();
      case LinkageError missing -> "this machine lacks what it takes: " + rootOf(missing);
      default -> TlsFailure.describe(failure);
    };
  }

  /// What is missing, below the classes that could not be loaded for want of it.
  private static Throwable rootOf(Throwable failure) {
    Throwable root = failure;
    for (int i = 0; i < CAUSES_MAX && root.getCause() != null; i++) {
      root = root.getCause();
    }
    return root;
  }

  /// What the peer said when it closed.
  ///
  /// @param close null if it said nothing
  static String describe(@Nullable QuicConnectionCloseEvent close) {
    if (close == null) {
      return "the peer closed during handshake";
    }
    if (close.isTlsError()) {
      return TlsFailure.ofAlert(QuicConnectionCloseEvent.extractTlsError(close.error()));
    }
    if (!close.isApplicationClose()) {
      return close.error() == QuicTransportError.NO_ERROR.code()
          ? "the peer closed the connection"
          : "the peer ended the connection by the error " + name(close.error());
    }
    return switch (close.error()) {
      case ENDED -> "the peer closed the connection";
      case REFUSED -> "the peer refused this end";
      case MISTAKE -> "the peer found a mistake in what this end sent";
      default -> "the peer ended the connection by the unknown error " + close.error();
    };
  }

  private static String name(int code) {
    QuicTransportError error = QuicTransportError.valueOf(code);
    return error == null ? Integer.toString(code) : error.name();
  }
}

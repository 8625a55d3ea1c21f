package dev.farcap.transport.quic;

import dev.farcap.transport.tls.RealmTrust;
import dev.farcap.transport.tls.TlsContexts;
import dev.farcap.transport.tls.TlsCredentials;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.quic.BoringSSLContextOption;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.ssl.ClientAuth;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// The prepared TLS parameters of one role, made anew when the credentials change. Used by all
/// loops of a medium; handshakes under way keep the parameters they began with.
///
/// What an unproven peer may have parsed, a chain of certificates above all, is bounded by the
/// library: 64 KiB of handshake, then CRYPTO_BUFFER_EXCEEDED.
final class QuicContexts implements AutoCloseable {
  private static final String JUDGEMENT = "farcap.judgement";
  private static final String BELIEVED = "believed";

  private final boolean dialler;
  private final Supplier<TlsCredentials> supplier;
  private @Nullable TlsCredentials prepared;
  private @Nullable QuicSslContext context;
  private boolean closed;

  private QuicContexts(boolean dialler, Supplier<TlsCredentials> supplier) {
    this.dialler = dialler;
    this.supplier = supplier;
  }

  static QuicContexts ofDialler(Supplier<TlsCredentials> supplier) {
    return new QuicContexts(true, supplier);
  }

  static QuicContexts ofAcceptor(Supplier<TlsCredentials> supplier) {
    return new QuicContexts(false, supplier);
  }

  /// Keeps with a TLS engine what becomes of the peer's chain, which QUIC's library does not tell.
  private static void judged(SSLEngine tls, @Nullable CertificateException refusal) {
    tls.getSession().putValue(JUDGEMENT, refusal == null ? BELIEVED : refusal);
  }

  /// Whether the peer's chain was looked at in this handshake, and believed. The library gives out
  /// session tickets and takes them back, and then asks nobody about the chain.
  static boolean isBelieved(SSLEngine tls) {
    return BELIEVED.equals(tls.getSession().getValue(JUDGEMENT));
  }

  /// Why the peer's chain was not believed, null if it was or was not looked at.
  static @Nullable CertificateException whyUntrusted(SSLEngine tls) {
    return tls.getSession().getValue(JUDGEMENT) instanceof CertificateException refusal
        ? refusal
        : null;
  }

  /// The TLS of one new connection, with the credentials of now.
  ///
  /// @throws SSLException if the credentials cannot be used
  synchronized QuicSslEngine engine(ByteBufAllocator alloc) throws SSLException {
    if (closed) {
      throw new SSLException("the medium is closed");
    }
    TlsCredentials current = supplier.get();
    QuicSslContext ready = context;
    if (ready == null || !current.equals(prepared)) {
      ready = prepare(current);
      context = ready;
      prepared = current;
    }
    return ready.newEngine(alloc);
  }

  private QuicSslContext prepare(TlsCredentials credentials) throws SSLException {
    X509Certificate[] chain = credentials.chain().toArray(X509Certificate[]::new);
    QuicSslContextBuilder builder =
        dialler
            ? QuicSslContextBuilder.forClient()
                .keyManager(credentials.key(), null, chain)
                .endpointIdentificationAlgorithm(null)
            : QuicSslContextBuilder.forServer(credentials.key(), null, chain)
                .clientAuth(ClientAuth.REQUIRE);
    return builder
        .option(BoringSSLContextOption.GROUPS, TlsContexts.groups())
        .trustManager(RealmTrust.of(credentials.anchors(), QuicContexts::judged))
        .applicationProtocols(QuicSettings.PROTOCOL)
        .earlyData(false)
        .build();
  }

  /// No new connections from now on; those made stay. What was prepared is given back by the
  /// garbage collector: engines under way use it, and the library does not count them.
  @Override
  public synchronized void close() {
    closed = true;
    context = null;
  }
}

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
import java.security.cert.X509Certificate;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// The prepared TLS parameters of one role, made anew when the credentials change. Used by all
/// loops of a medium; handshakes under way keep the parameters they began with.
final class QuicContexts implements AutoCloseable {
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
        .trustManager(RealmTrust.of(credentials.anchors(), QuicFailure::note))
        .applicationProtocols(QuicSettings.PROTOCOL)
        .earlyData(false)
        .build();
  }

  /// No new connections from now on; those made stay.
  @Override
  public synchronized void close() {
    closed = true;
    context = null;
  }
}

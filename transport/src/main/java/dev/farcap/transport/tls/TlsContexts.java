package dev.farcap.transport.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// The prepared TLS parameters of one role, made anew when the credentials change. Used by all
/// loops of a medium; engines under way keep the parameters they began with. Every medium whose
/// peers prove themselves by TLS over a stream uses these.
public final class TlsContexts implements AutoCloseable {
  /// The hybrid withstands a recording that is broken by a quantum computer later.
  private static final String[] GROUPS = {"X25519MLKEM768", "x25519"};

  /// The key exchanges offered, best first.
  public static String[] groups() {
    return GROUPS.clone();
  }

  /// A leaf and a few intermediates; bounds what an unproven peer may make us parse.
  private static final int CERTIFICATE_BYTES_MAX = 32 << 10;

  private final String protocol;
  private final boolean dialler;
  private final Supplier<TlsCredentials> supplier;
  private final TlsConfig config;
  private @Nullable TlsCredentials prepared;
  private @Nullable SslContext context;
  private boolean closed;

  private TlsContexts(
      String protocol, boolean dialler, Supplier<TlsCredentials> supplier, TlsConfig config) {
    this.protocol = protocol;
    this.dialler = dialler;
    this.supplier = supplier;
    this.config = config;
  }

  /// Of the side that dials.
  ///
  /// @param protocol offered by ALPN
  /// @param supplier asked at each new connection
  /// @param config the limits
  public static TlsContexts ofDialler(
      String protocol, Supplier<TlsCredentials> supplier, TlsConfig config) {
    return new TlsContexts(protocol, true, supplier, config);
  }

  /// Of the side that accepts.
  ///
  /// @param protocol offered by ALPN
  /// @param supplier asked at each new connection
  /// @param config the limits
  public static TlsContexts ofAcceptor(
      String protocol, Supplier<TlsCredentials> supplier, TlsConfig config) {
    return new TlsContexts(protocol, false, supplier, config);
  }

  /// A handler for one new connection, with the credentials of now.
  ///
  /// @throws SSLException if the credentials cannot be used
  public synchronized SslHandler handler(ByteBufAllocator alloc) throws SSLException {
    if (closed) {
      throw new SSLException("the medium is closed");
    }
    TlsCredentials current = supplier.get();
    SslContext ready = context;
    if (ready == null || !current.equals(prepared)) {
      ready = prepare(current);
      ReferenceCountUtil.release(context);
      context = ready;
      prepared = current;
    }
    SslHandler handler = ready.newHandler(alloc);
    handler.setHandshakeTimeoutMillis(config.handshakeTimeoutMs());
    // Who writes fills records itself: the handler shall neither join nor split what it is given.
    handler.setWrapDataSize(0);
    return handler;
  }

  private SslContext prepare(TlsCredentials credentials) throws SSLException {
    SslContextBuilder builder =
        dialler
            ? SslContextBuilder.forClient()
                .keyManager(credentials.key(), credentials.chain())
                .endpointIdentificationAlgorithm(null)
            : SslContextBuilder.forServer(credentials.key(), credentials.chain())
                .clientAuth(ClientAuth.REQUIRE);
    SslContext fresh =
        builder
            .sslProvider(SslProvider.OPENSSL_REFCNT)
            .protocols("TLSv1.3")
            .option(OpenSslContextOption.GROUPS, groups())
            .option(OpenSslContextOption.MAX_CERTIFICATE_LIST_BYTES, CERTIFICATE_BYTES_MAX)
            .trustManager(RealmTrust.of(credentials.anchors()))
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    protocol))
            .build();
    if (fresh.sessionContext() instanceof OpenSslSessionContext sessions) {
      sessions.setSessionCacheEnabled(false);
    }
    return fresh;
  }

  /// Gives the parameters back; connections made stay.
  @Override
  public synchronized void close() {
    closed = true;
    ReferenceCountUtil.release(context);
    context = null;
  }
}

package dev.farcap.transport.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// A client by another TLS implementation, the JDK's, that may break the rules. It remembers
/// sessions and would resume them.
final class JdkPeer {
  private final SSLContext context;

  private JdkPeer(SSLContext context) {
    this.context = context;
  }

  /// With a certificate.
  static JdkPeer of(TlsCredentials credentials) {
    return of(credentials, true);
  }

  /// Without one.
  static JdkPeer anonymous(TlsCredentials credentials) {
    return of(credentials, false);
  }

  private static JdkPeer of(TlsCredentials credentials, boolean certified) {
    try {
      KeyStore trusted = emptyStore();
      trusted.setCertificateEntry("anchor", credentials.anchors().getFirst());
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      KeyManagerFactory keys = certified ? keys(credentials) : null;
      context.init(keys == null ? null : keys.getKeyManagers(), trust.getTrustManagers(), null);
      return new JdkPeer(context);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static @Nullable KeyManagerFactory keys(TlsCredentials credentials)
      throws GeneralSecurityException, IOException {
    KeyStore own = emptyStore();
    own.setKeyEntry(
        "leaf",
        credentials.key(),
        new char[0],
        credentials.chain().toArray(X509Certificate[]::new));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, new char[0]);
    return keys;
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  /// Connects and speaks the right protocol.
  SSLSocket connect(int port) throws IOException {
    return connect(port, "TLSv1.3", TlsMedium.PROTOCOL);
  }

  /// Connects, with the handshake done as far as this side can tell.
  SSLSocket connect(int port, String version, String... applications) throws IOException {
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(new String[] {version});
    parameters.setApplicationProtocols(applications);
    socket.setSSLParameters(parameters);
    try {
      socket.startHandshake();
    } catch (IOException refused) {
      socket.close();
      throw refused;
    }
    return socket;
  }
}

package dev.farcap.routing.consul;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// How a process reaches its Consul agent.
///
/// @param address `http://127.0.0.1:8500`, or `https://host:port`
/// @param token file of mode 0600 with the ACL token, read at each request, so that it may be
///   replaced; null for none
/// @param tls for an address with `https`
/// @param ttl after which a provider that is not heard of counts as down
public record ConsulConfig(URI address, @Nullable Path token, Tls tls, Duration ttl) {
  /// Heard of thrice in it.
  public static final Duration DEFAULT_TTL = Duration.ofSeconds(15);

  /// Where Consul's own agents listen.
  public static final URI DEFAULT_ADDRESS = URI.create("http://127.0.0.1:8500");

  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}|\\[::1]");

  /// How Consul is proven, and how this process proves itself to it. All files are PEM.
  ///
  /// @param authorities whom to believe; null for those of the system
  /// @param certificate this process's chain, or null if Consul asks for none
  /// @param key its private key in PKCS #8, mode 0600; with `certificate`, or null
  public record Tls(@Nullable Path authorities, @Nullable Path certificate, @Nullable Path key) {
    /// The authorities of the system, and no certificate.
    public static final Tls DEFAULT = new Tls(null, null, null);

    /// @throws IllegalArgumentException if there is only one of certificate and key
    public Tls {
      if ((certificate == null) != (key == null)) {
        throw new IllegalArgumentException("expected both 'certificate' and 'key', or none");
      }
    }
  }

  /// The agent at this address, with usual settings and without a token.
  ///
  /// @throws IllegalArgumentException if it is no such address
  public static ConsulConfig of(URI address) {
    return new ConsulConfig(checkAddress(address.toString()), null, Tls.DEFAULT, DEFAULT_TTL);
  }

  /// The same with an ACL token.
  public ConsulConfig withToken(Path file) {
    return new ConsulConfig(address, file, tls, ttl);
  }

  /// The same with other files for TLS.
  public ConsulConfig withTls(Tls other) {
    return new ConsulConfig(address, token, other, ttl);
  }

  /// The same with another patience with providers.
  public ConsulConfig withTtl(Duration other) {
    return new ConsulConfig(address, token, tls, other);
  }

  /// Looks whether its files can be used. Reaches for nothing else.
  ///
  /// @throws ConsulFailure naming the one that cannot
  public void check() throws ConsulFailure {
    if (token != null) {
      var _ = new TokenFile(token).read();
    }
    if (address.getScheme().equals("https")) {
      var _ = TlsFiles.read(tls);
    }
  }

  /// Checks the form of an address.
  ///
  /// @throws IllegalArgumentException if it is not of the form `http://host:port` or
  ///   `https://host:port`, or would carry a token unprotected to another host
  public static URI checkAddress(String text) {
    URI address;
    try {
      address = URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(noAddress(text), e);
    }
    boolean form =
        text.matches("https?://[^/?#@]+") && address.getHost() != null && address.getPort() > 0;
    if (!form) {
      throw new IllegalArgumentException(noAddress(text));
    }
    if (text.startsWith("http:") && !LOOPBACK.matcher(address.getHost()).matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not on this host: expected https, or the Consul agent of this host");
    }
    return address;
  }

  private static String noAddress(String text) {
    return "'" + text + "' is no address such as http://127.0.0.1:8500";
  }

  /// Address and names of files; no secret is in it.
  @Override
  public String toString() {
    return "Consul at " + address + (token == null ? "" : ", token " + token);
  }
}

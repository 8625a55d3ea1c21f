package dev.farcap.transport.tls;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `tls://host:port`, an IPv6 literal in brackets.
///
/// @param host a name or literal, without brackets
/// @param port 0..65535; 0 only to listen
record TlsAddress(String host, int port) {
  static final String SCHEME = "tls://";

  /// A name that has more addresses than this is tried at the first ones.
  private static final int RESOLVED_MAX = 8;

  private static final Pattern FORM =
      Pattern.compile("tls://(?:\\[([0-9a-fA-F:.]+(?:%[^\\]]+)?)]|([^:/\\[\\]\\s]+)):(\\d{1,5})");

  /// @throws IllegalArgumentException if the text is not of the form
  static TlsAddress parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches() || Integer.parseInt(parts.group(3)) > 0xFFFF) {
      throw new IllegalArgumentException(
          "address '" + text + "' is not of the form tls://host:port or tls://[ipv6]:port");
    }
    String literal = parts.group(1);
    return new TlsAddress(
        literal == null ? parts.group(2) : literal, Integer.parseInt(parts.group(3)));
  }

  static TlsAddress of(InetSocketAddress socket) {
    return new TlsAddress(socket.getAddress().getHostAddress(), socket.getPort());
  }

  /// The socket address if the host is a literal; needs no name service.
  @Nullable InetSocketAddress literal() {
    try {
      return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  /// Asks the name service; blocks.
  ///
  /// @throws UnknownHostException if the host has no address
  List<InetSocketAddress> resolve() throws UnknownHostException {
    return List.of(InetAddress.getAllByName(host)).stream()
        .limit(RESOLVED_MAX)
        .map(address -> new InetSocketAddress(address, port))
        .toList();
  }

  @Override
  public String toString() {
    boolean six = host.indexOf(':') >= 0;
    return SCHEME + (six ? "[" + host + "]" : host) + ":" + port;
  }
}

package dev.farcap.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `MEDIUM://host:port`, an IPv6 literal in brackets: an address of a medium over IP.
///
/// @param medium `tls`, `quic`
/// @param host a name or literal, without brackets
/// @param port 0..65535; 0 only to listen
public record HostAddress(String medium, String host, int port) {
  /// A name that has more addresses than this is tried at the first ones.
  private static final int RESOLVED_MAX = 8;

  private static final int PORT_MAX = 65_535;

  private static final Pattern FORM =
      Pattern.compile(
          "([a-z]+)://(?:\\[([0-9a-fA-F:.]+(?:%[^\\]]+)?)]|([^:/\\[\\]\\s]+)):(\\d{1,5})");

  /// Reads an address.
  ///
  /// @param medium the one it must be of
  /// @throws IllegalArgumentException if the text is not of the form
  public static HostAddress parse(String medium, String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches() || !parts.group(1).equals(medium)) {
      throw new IllegalArgumentException(
          "address '%s' is not of the form %s://host:port or %s://[ipv6]:port"
              .formatted(text, medium, medium));
    }
    if (Integer.parseInt(parts.group(4)) > PORT_MAX) {
      throw new IllegalArgumentException(
          "address '%s' has the port %s, expected at most %d"
              .formatted(text, parts.group(4), PORT_MAX));
    }
    String literal = parts.group(2);
    return new HostAddress(
        medium, literal == null ? parts.group(3) : literal, Integer.parseInt(parts.group(4)));
  }

  /// Reads an address to dial.
  ///
  /// @param medium the one it must be of
  /// @throws IllegalArgumentException if the text is not of the form, or its port is 0
  public static HostAddress parseDialled(String medium, String text) {
    HostAddress address = parse(medium, text);
    if (address.port == 0) {
      throw new IllegalArgumentException(
          "address '%s' has the port 0, which is one to listen at only".formatted(text));
    }
    return address;
  }

  /// Where a socket is bound.
  public static HostAddress of(String medium, InetSocketAddress socket) {
    return new HostAddress(medium, socket.getAddress().getHostAddress(), socket.getPort());
  }

  /// The socket address if the host is a literal; needs no name service.
  public @Nullable InetSocketAddress literal() {
    try {
      return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  /// Asks the name service; blocks.
  ///
  /// @return at least one, at most 8
  /// @throws UnknownHostException if the host has no address
  public List<InetSocketAddress> resolve() throws UnknownHostException {
    return List.of(InetAddress.getAllByName(host)).stream()
        .limit(RESOLVED_MAX)
        .map(address -> new InetSocketAddress(address, port))
        .toList();
  }

  @Override
  public String toString() {
    boolean six = host.indexOf(':') >= 0;
    return medium + "://" + (six ? "[" + host + "]" : host) + ":" + port;
  }
}

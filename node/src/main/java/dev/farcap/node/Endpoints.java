package dev.farcap.node;

import dev.farcap.config.Fields;
import dev.farcap.config.Value;
import dev.farcap.door.DoorAddress;
import dev.farcap.transport.UnixSocketPath;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads where something listens or is reached on this host.
final class Endpoints {
  private static final int UIDS_MAX = 256;
  private static final int PORT_MAX = 0xFFFF;
  private static final Pattern HOST_PORT =
      Pattern.compile("(?:\\[([0-9a-fA-F:.]+)]|([^:/\\[\\]\\s]+)):(\\d{1,5})");

  private Endpoints() {}

  /// Exactly one of `unix` and `tcp`.
  ///
  /// @throws IllegalArgumentException if there are both or none
  static DoorAddress read(Fields fields) {
    return isUnix(fields)
        ? unix(fields)
        : new DoorAddress.Loopback(loopback(fields.required("tcp")));
  }

  /// Which of `unix` and `tcp` is there.
  ///
  /// @throws IllegalArgumentException if there are both or none
  static boolean isUnix(Fields fields) {
    boolean unix = fields.has("unix");
    if (unix == fields.has("tcp")) {
      throw new IllegalArgumentException("expected exactly one of 'unix' and 'tcp'");
    }
    return unix;
  }

  /// A socket with the uids that may connect: by default that of this process.
  static DoorAddress.Unix unix(Fields fields) {
    Path path = socket(fields.required("unix"));
    return fields
        .optional("allowedUids")
        .map(uids -> new DoorAddress.Unix(path, uids(uids)))
        .orElseGet(() -> DoorAddress.Unix.own(path));
  }

  private static Set<Integer> uids(Value value) {
    Set<Integer> uids = Set.copyOf(value.list(UIDS_MAX, uid -> uid.integer(0, Integer.MAX_VALUE)));
    if (uids.isEmpty()) {
      value.reject("expected at least one uid");
    }
    return uids;
  }

  static Path socket(Value value) {
    Path path = value.path();
    int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > UnixSocketPath.PATH_BYTES_MAX) {
      value.reject("socket path is " + bytes + " bytes, limit " + UnixSocketPath.PATH_BYTES_MAX);
    }
    return path;
  }

  /// A loopback address; the stand-in is null.
  static InetSocketAddress loopback(Value value) {
    InetSocketAddress address = value.parsed(Endpoints::hostPort);
    if (address != null && !isLoopback(address)) {
      value.reject(
          "'"
              + address.getHostString()
              + "' is no loopback address: what is not encrypted stays on this host, expected"
              + " 127.0.0.1:PORT or [::1]:PORT");
    }
    return address;
  }

  static boolean isLoopback(InetSocketAddress address) {
    return address.getAddress() != null && address.getAddress().isLoopbackAddress();
  }

  /// @throws IllegalArgumentException if the text is no such address
  static InetSocketAddress hostPort(String text) {
    Matcher parts = HOST_PORT.matcher(text);
    if (!parts.matches() || Integer.parseInt(parts.group(3)) > PORT_MAX) {
      throw new IllegalArgumentException(
          "'" + text + "' is no address of the form host:port or [ipv6]:port");
    }
    String host = parts.group(1) == null ? parts.group(2) : parts.group(1);
    int port = Integer.parseInt(parts.group(3));
    boolean literal = parts.group(1) != null || host.matches("[0-9.]+") || host.equals("localhost");
    // A name is looked up when it is dialled, not while a file is read.
    return literal
        ? new InetSocketAddress(host, port)
        : InetSocketAddress.createUnresolved(host, port);
  }
}

package dev.farcap.door;

import dev.farcap.session.Failure;
import io.grpc.Status;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// What has arrived over HTTP/2, from all programs and servers of a process, of messages that are
/// not complete.
///
/// *Theory.* gRPC gives window back for the bytes of a message as soon as somebody has asked for
/// it, and keeps them until the message is complete. So windows do not bound what is kept: that is
/// up to the longest message for every call. Here two things do. A long message goes on beyond its
/// stream's window only in the room of its connection ([ConnectionArrivals]): the others wait at
/// their senders, each with a window's worth here. If that is too much for all connections
/// together, who has most here loses a call, until it is not.
///
/// Rejected: to refuse beyond the bound without room to wait for, as 250 answers of 1 MiB at a time
/// are nothing unusual; and a room for all connections together, in which one program that does not
/// finish its messages would keep all others waiting.
///
/// Bound to one event loop.
public final class Arrivals {
  /// Receive window of a stream, as large as a link's for a call: a message of 64 KiB passes
  /// without waiting for a window, and the next one may follow.
  public static final int STREAM_BYTES = 144 << 10;

  /// A fifth of what the launcher allows beside the heap, as buffers are little more than half
  /// full: more than a hundred messages that wait, beside those that go on.
  private static final long BYTES_MAX = 24 << 20;

  /// The longest limit that a door or a back door may set.
  public static final int MESSAGE_BYTES_MAX = 12 << 20;

  private final long bytesMax;
  private final Map<Object, Owner> owners = new HashMap<>();
  private long bytes;
  private boolean refusing;

  /// Nothing has arrived yet.
  public Arrivals() {
    this(BYTES_MAX);
  }

  /// @param bytesMax the bound
  Arrivals(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /// The connections of one user, or to one server: more of them give him no more.
  private static final class Owner {
    private final Set<ConnectionArrivals> connections = new LinkedHashSet<>();
    private long bytes;
  }

  /// What is here now.
  long bytes() {
    return bytes;
  }

  void opened(ConnectionArrivals connection) {
    owners
        .computeIfAbsent(connection.owner(), _ -> new Owner())
        .connections
        .add(connection);
  }

  void closed(ConnectionArrivals connection) {
    owners.computeIfPresent(
        connection.owner(),
        (_, owner) -> {
          owner.connections.remove(connection);
          return owner.connections.isEmpty() ? null : owner;
        });
  }

  /// More has come, or less is kept. What must be refused is refused after the frame that is being
  /// read.
  void add(long more, ConnectionArrivals from) {
    bytes += more;
    owners.get(from.owner()).bytes += more;
    if (bytes > bytesMax && !refusing) {
      refusing = true;
      from.later(this::refuse);
    }
  }

  private void refuse() {
    refusing = false;
    while (bytes > bytesMax && most().refuseOne(overloaded())) {}
  }

  private ConnectionArrivals most() {
    Owner owner =
        owners.values().stream().max(Comparator.comparingLong(one -> one.bytes)).orElseThrow();
    return owner.connections.stream()
        .max(Comparator.comparingLong(ConnectionArrivals::bytes))
        .orElseThrow();
  }

  private Status overloaded() {
    return Failure.unknown(
            Failure.Kind.OVERLOADED,
            "more than " + bytesMax + " bytes of messages that are not complete")
        .status();
  }
}

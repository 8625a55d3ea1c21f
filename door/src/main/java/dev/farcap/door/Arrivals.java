package dev.farcap.door;

import dev.farcap.link.LongMessageSource;
import dev.farcap.link.LongMessageTaker;
import dev.farcap.session.Failure;
import io.grpc.Status;
import io.netty.util.concurrent.EventExecutor;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// What has arrived over HTTP/2, from all programs and servers of a process, of messages that are
/// not complete.
///
/// *Theory.* gRPC gives window back for the bytes of a message as soon as somebody has asked for
/// it, and keeps them until the message is complete. So windows do not bound what is kept: that is
/// up to the longest message for every call. Here two things do. A long message that leads to a
/// link goes on beyond its stream's window only once the link has room for all of it
/// ([LongMessageTaker]): the others wait at their senders, each with a window's worth here. If that
/// is too much, who has most here loses a call, until it is not.
///
/// Room is for messages that come: one of which almost nothing has come for a second loses it while
/// others ask, and asks anew when it goes on. So neither a program nor a server keeps room from
/// others by doing nothing.
///
/// Rejected: to refuse beyond the bound without room to wait for, as 250 answers of 1 MiB at a time
/// are nothing unusual; and a room for each connection beside the link's, in which long messages
/// would be through before a link that is slower than their sender has taken them.
///
/// Bound to one event loop.
public final class Arrivals {
  /// Receive window of a stream, as large as a link's for a call: a message of 64 KiB passes
  /// without waiting for a window, and the next one may follow.
  public static final int STREAM_BYTES = 144 << 10;

  /// Less than a quarter of what the launcher allows beside the heap, as buffers are little more
  /// than half full: 256 messages that wait.
  private static final long BYTES_MAX = 256 * STREAM_BYTES;

  private static final int LOOK_MS = 1_000;
  private static final LongMessageSource NOBODY = _ -> {};

  /// The longest limit that a door or a back door may set.
  public static final int MESSAGE_BYTES_MAX = 12 << 20;

  private final long bytesMax;
  private final Map<Object, Owner> owners = new HashMap<>();
  private long bytes;
  private boolean refusing;

  /// Messages that have room and are not complete.
  private final Set<StreamArrivals> roomy = new LinkedHashSet<>();

  /// Messages that ask for room.
  private final Set<StreamArrivals> asking = new HashSet<>();

  private final LongAdder stalled = new LongAdder();
  private boolean looking;
  private LongMessageSource current = NOBODY;

  /// Nothing has arrived yet.
  public Arrivals() {
    this(BYTES_MAX);
  }

  /// @param bytesMax the bound
  Arrivals(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /// The connections of one user, or to one server: more of them give him no more.
  static final class Owner {
    private final Set<ConnectionArrivals> connections = new LinkedHashSet<>();
    private long bytes;
  }

  /// Counts messages that have lost their room because almost nothing came of them.
  public LongAdder stalled() {
    return stalled;
  }

  /// The stream that gRPC is about to tell of, on this stack: one that begins, or one whose data it
  /// has just taken.
  public LongMessageSource current() {
    return current;
  }

  void worksOn(StreamArrivals arrivals) {
    current = arrivals;
  }

  /// What is here now.
  long bytes() {
    return bytes;
  }

  /// @param name whose connection it is
  Owner opened(ConnectionArrivals connection, Object name) {
    Owner owner = owners.computeIfAbsent(name, _ -> new Owner());
    owner.connections.add(connection);
    return owner;
  }

  void closed(ConnectionArrivals connection, Object name) {
    owners.computeIfPresent(
        name,
        (_, owner) -> {
          owner.connections.remove(connection);
          return owner.connections.isEmpty() ? null : owner;
        });
    current = NOBODY;
  }

  /// More has come, or less is kept. What must be refused is refused after the frame that is being
  /// read.
  void add(long more, Owner of, EventExecutor loop) {
    bytes += more;
    of.bytes += more;
    if (bytes > bytesMax && !refusing) {
      refusing = true;
      loop.execute(this::refuse);
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

  /// Whether it has room or asks for it has changed.
  void roomChanged(StreamArrivals arrivals) {
    keep(asking, arrivals, arrivals.asksForRoom());
    keep(roomy, arrivals, arrivals.hasRoom());
    if (!looking && !roomy.isEmpty()) {
      looking = true;
      lookLater(arrivals.connection.loop());
    }
  }

  private static void keep(Set<StreamArrivals> set, StreamArrivals arrivals, boolean within) {
    if (within) {
      set.add(arrivals);
    } else {
      set.remove(arrivals);
    }
  }

  private void lookLater(EventExecutor loop) {
    var _ = loop.schedule(() -> look(loop), LOOK_MS, TimeUnit.MILLISECONDS);
  }

  private void look(EventExecutor loop) {
    boolean wanted = !asking.isEmpty();
    for (StreamArrivals arrivals : List.copyOf(roomy)) {
      if (arrivals.takeStall() && wanted) {
        stalled.increment();
        arrivals.connection.takeRoomBack(arrivals);
      }
    }
    looking = !roomy.isEmpty();
    if (looking) {
      lookLater(loop);
    }
  }

  private Status overloaded() {
    return Failure.unknown(
            Failure.Kind.OVERLOADED,
            "more than " + bytesMax + " bytes of messages that are not complete")
        .status();
  }
}

package dev.farcap.door;

import io.grpc.Attributes;
import io.grpc.Context;
import java.util.OptionalInt;

/// Who is at the other end of one connection to a door.
///
/// @param door the door's name
/// @param connection counts the connections of the door from 1
/// @param uid the user proven by the kernel; empty where the door cannot know
public record Caller(String door, long connection, OptionalInt uid) {
  /// In the attributes of every call of the connection.
  public static final Attributes.Key<Caller> ATTRIBUTE = Attributes.Key.create("farcap-caller");

  /// In the context of every call of the connection.
  public static final Context.Key<Caller> CONTEXT = Context.key("farcap-caller");

  /// Learns of connections. Called on the door's loop.
  public interface Watcher {
    /// Nobody wants to know.
    Watcher NONE = _ -> {};

    /// A connection has ended, and so have its calls. Called exactly once.
    void gone(Caller caller);
  }

  /// For logs: `app1#7 (uid 1000)`.
  @Override
  public String toString() {
    return door + "#" + connection + (uid.isPresent() ? " (uid " + uid.getAsInt() + ")" : "");
  }
}

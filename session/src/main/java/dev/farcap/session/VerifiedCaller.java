package dev.farcap.session;

import static java.util.Objects.requireNonNull;

import io.grpc.Context;
import io.grpc.Metadata;
import org.jspecify.annotations.Nullable;

/// Who calls, as the server's own proxy or node has verified it: nothing here was said by the
/// program that calls.
///
/// A service that a Java program hosts reads it from the call's context:
///
/// ```java
/// VerifiedCaller caller = VerifiedCaller.current();
/// if (caller.label().last().equals("admin")) { … }
/// ```
///
/// A gRPC server behind a server-proxy finds the same in the metadata of each call, under the keys
/// of [MetadataKeys]. It may believe them where only that proxy reaches its socket: the proxy drops
/// whatever the caller sent under such keys.
///
/// @param identity of the proxy or program at the other end of the link, proven by its certificate
/// @param label the effective label: the peer's element, its listener, then what the program asked;
///   only the elements behind the listener are the program's own choice
/// @param session the session's name in this host's audit log; it names one session of one run
/// @param grant SHA-256 of the grant by which the session was opened, 64 lower-case hexadecimal
///   digits, as audit logs of both hosts have it; a session that lives on by a later grant keeps it
/// @param object the live object that the session stands for, or null for a service
public record VerifiedCaller(
    Identity identity, Label label, String session, String grant, @Nullable ObjectRef object) {
  private static final Context.Key<VerifiedCaller> KEY = Context.key("farcap-caller");

  /// The caller of the call that this thread serves.
  ///
  /// @throws IllegalStateException outside of a call to a hosted service
  public static VerifiedCaller current() {
    VerifiedCaller caller = KEY.get();
    if (caller == null) {
      throw new IllegalStateException("no call of a hosted service runs on this thread");
    }
    return caller;
  }

  /// The same context with this caller in it.
  public Context in(Context context) {
    return context.withValue(KEY, this);
  }

  /// Adds it under the keys of [MetadataKeys].
  public void write(Metadata headers) {
    headers.put(MetadataKeys.LABEL, label.toString());
    headers.put(MetadataKeys.PEER, identity.toString());
    headers.put(MetadataKeys.SESSION, session);
    headers.put(MetadataKeys.GRANT, grant);
    if (object != null) {
      headers.put(MetadataKeys.OBJECT, object.toBytes());
    }
  }

  /// What a server-proxy wrote, for a Java server behind it.
  ///
  /// @throws IllegalArgumentException if a key is missing or no proxy of this version wrote it
  public static VerifiedCaller read(Metadata headers) {
    byte[] object = headers.get(MetadataKeys.OBJECT);
    return new VerifiedCaller(
        Identity.parse(required(headers, MetadataKeys.PEER)),
        Label.parse(required(headers, MetadataKeys.LABEL)),
        required(headers, MetadataKeys.SESSION),
        required(headers, MetadataKeys.GRANT),
        object == null ? null : ObjectRef.parse(object));
  }

  private static String required(Metadata headers, Metadata.Key<String> key) {
    if (!headers.containsKey(key)) {
      throw new IllegalArgumentException("the call has no '" + key.name() + "'");
    }
    return requireNonNull(headers.get(key));
  }
}

package dev.farcap.session;

import io.grpc.Context;
import io.grpc.Metadata;
import org.jspecify.annotations.Nullable;

/// Whose session a call belongs to, as the proxy or node in front of the server says.
///
/// A service that a Java program hosts reads it from the call's context:
///
/// ```java
/// SessionCaller caller = SessionCaller.current();
/// if (caller.label().last().equals("admin")) { … }
/// ```
///
/// A gRPC server behind a server-proxy finds the same in the metadata of each call, under the keys
/// of [MetadataKeys]; in Java [#of(Metadata)] reads it. The proxy drops whatever the program that
/// calls has sent under such keys. So a server may believe them where only that proxy reaches its
/// socket; one that is reached directly serves clients that name themselves.
///
/// A call is verified as a whole or not at all. One that no proxy has verified has a label and a
/// session if it says so, and who asks for more is refused.
///
/// @param session the session's name in this host's audit log, of one run; empty where nobody named
///   it
/// @param label the effective label: the peer's element, its listener, then what the program asked;
///   only the elements behind the listener are the program's own choice. Empty where nobody said
///   one
/// @param proof what a proxy has verified, or null for a call without a proxy in front
/// @param object the live object that the session stands for, or null for a service
public record SessionCaller(
    String session, Label label, @Nullable Proof proof, @Nullable ObjectRef object) {
  private static final Context.Key<SessionCaller> KEY = Context.key("farcap-caller");

  /// What is known of a verified caller.
  ///
  /// @param identity of the proxy or program at the other end of the link, proven by its
  ///   certificate
  /// @param grant SHA-256 of the grant by which the session was opened, 64 lower-case hexadecimal
  ///   digits, as audit logs of both hosts have it; a session that lives on by a later grant keeps
  ///   it
  public record Proof(Identity identity, String grant) {}

  // ---- where it is read

  /// The caller of the call that this thread serves: always a verified one.
  ///
  /// @throws IllegalStateException outside of a call to a hosted service
  public static SessionCaller current() {
    SessionCaller caller = KEY.get();
    if (caller == null) {
      throw new IllegalStateException("no call of a hosted service runs on this thread");
    }
    return caller;
  }

  /// What the metadata of a call says.
  ///
  /// @throws IllegalArgumentException naming the key, if a value is none, or if the call is
  ///   verified by half: no proxy of this version says so
  public static SessionCaller of(Metadata headers) {
    String session = headers.get(MetadataKeys.SESSION);
    String label = headers.get(MetadataKeys.LABEL);
    byte[] object = headers.get(MetadataKeys.OBJECT);
    Proof proof = proof(headers);
    if (proof != null) {
      require(session, MetadataKeys.SESSION);
      require(label, MetadataKeys.LABEL);
    }
    return new SessionCaller(
        session == null ? "" : session,
        label == null ? Label.EMPTY : Label.parse(label),
        proof,
        object == null ? null : ObjectRef.parse(object));
  }

  private static @Nullable Proof proof(Metadata headers) {
    String peer = headers.get(MetadataKeys.PEER);
    String grant = headers.get(MetadataKeys.GRANT);
    if (peer == null && grant == null) {
      return null;
    }
    return new Proof(
        Identity.parse(require(peer, MetadataKeys.PEER)), require(grant, MetadataKeys.GRANT));
  }

  private static String require(@Nullable String value, Metadata.Key<String> key) {
    if (value == null) {
      throw new IllegalArgumentException("the call has no '" + key.name() + "'");
    }
    return value;
  }

  // ---- what is verified

  /// Whether a proxy or node has verified it.
  public boolean isVerified() {
    return proof != null;
  }

  /// Who is at the other end of the link, proven by its certificate.
  ///
  /// @throws IllegalStateException if nobody has verified the call
  public Identity identity() {
    return verified().identity();
  }

  /// SHA-256 of the grant by which the session was opened, in hexadecimal digits.
  ///
  /// @throws IllegalStateException if nobody has verified the call
  public String grant() {
    return verified().grant();
  }

  private Proof verified() {
    if (proof == null) {
      throw new IllegalStateException(
          "nobody has verified who calls: the server is reached without its proxy");
    }
    return proof;
  }

  // ---- where it is written

  /// The same context with this caller in it.
  public Context in(Context context) {
    return context.withValue(KEY, this);
  }

  /// Adds it under the keys of [MetadataKeys].
  public void write(Metadata headers) {
    headers.put(MetadataKeys.SESSION, session);
    headers.put(MetadataKeys.LABEL, label.toString());
    if (proof != null) {
      headers.put(MetadataKeys.PEER, proof.identity().toString());
      headers.put(MetadataKeys.GRANT, proof.grant());
    }
    if (object != null) {
      headers.put(MetadataKeys.OBJECT, object.toBytes());
    }
  }
}

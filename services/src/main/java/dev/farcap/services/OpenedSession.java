package dev.farcap.services;

import dev.farcap.session.Label;
import dev.farcap.session.MetadataKeys;
import dev.farcap.session.SessionStream;
import dev.farcap.session.v1.OpenReply;
import dev.farcap.session.v1.SessionsSession;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;

/// A session of a program's own at a front door: it lives until it is closed, idle or not, and tells
/// when it ends.
///
///     try (OpenedSession session = OpenedSession.open(door, ReportSession.SERVICE, label)) {
///       ReportSession.client(session.channel()).submit(content);
///       session.awaitEnd();
///     }
///
/// Thread-safe, but for [#awaitEnd()]: one thread.
public final class OpenedSession implements AutoCloseable {
  private final SessionStream<OpenReply> lease;
  private final Channel channel;

  private OpenedSession(SessionStream<OpenReply> lease, Channel channel) {
    this.lease = lease;
    this.channel = channel;
  }

  /// Opens it. Waits for the front door, not for the server.
  ///
  /// @param door a channel to a front door
  /// @param service full gRPC service name
  /// @param label below the listener's name
  /// @throws io.grpc.StatusRuntimeException if it is refused there
  public static OpenedSession open(Channel door, String service, Label label) {
    SessionStream<OpenReply> lease = SessionsSession.client(door).open(service, label.toString());
    Metadata own = new Metadata();
    own.put(MetadataKeys.SESSION, lease.next().getHandle());
    return new OpenedSession(
        lease, ClientInterceptors.intercept(door, MetadataUtils.newAttachHeadersInterceptor(own)));
  }

  /// Its calls belong to the session.
  public Channel channel() {
    return channel;
  }

  /// Waits until it ends.
  ///
  /// @throws io.grpc.StatusRuntimeException why it ended, unless it was closed here
  public void awaitEnd() {
    lease.forEachRemaining(_ -> {});
  }

  /// Ends it.
  @Override
  public void close() {
    lease.close();
  }
}

package dev.farcap.node;

import dev.farcap.capability.GrantStore;
import dev.farcap.link.Link;
import dev.farcap.routing.Router.OpenSession;
import dev.farcap.session.Failure;
import dev.farcap.session.Session;
import dev.farcap.session.SessionRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.MethodDescriptor;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A session of a program: what it asked, where it went, and by which grant.
final class RoutedSession implements Session {
  private final String name;
  private final SessionRequest asked;
  private final OpenSession place;
  private final Link link;
  private final Session session;
  private final Channel channel;
  private volatile GrantStore.Stored grant;

  /// @param name in audit lines
  /// @param asked with the label as the program asked it, listener first
  /// @param place where the rules sent it
  /// @param session as opened over the link
  /// @param callbacks where listeners of calls run that name no executor; null for the loop
  RoutedSession(
      String name,
      SessionRequest asked,
      OpenSession place,
      Link link,
      Session session,
      GrantStore.Stored grant,
      @Nullable Executor callbacks) {
    this.name = name;
    this.asked = asked;
    this.place = place;
    this.link = link;
    this.session = session;
    this.grant = grant;
    channel = callbacks == null ? session.channel() : calledBack(session.channel(), callbacks);
  }

  private static Channel calledBack(Channel channel, Executor callbacks) {
    return ClientInterceptors.intercept(
        channel,
        new ClientInterceptor() {
          @Override
          public <Q, R> ClientCall<Q, R> interceptCall(
              MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
            boolean named = options.getExecutor() != null;
            return next.newCall(method, named ? options : options.withExecutor(callbacks));
          }
        });
  }

  String name() {
    return name;
  }

  OpenSession place() {
    return place;
  }

  /// As it crosses the link.
  SessionRequest opened() {
    return session.request();
  }

  GrantStore.Stored grant() {
    return grant;
  }

  /// Presents a grant that outlives the present one, so that the session does.
  ///
  /// @return whether it does outlive it
  synchronized boolean renew(GrantStore.Stored newer) {
    if (!newer.token().grant().expires().isAfter(grant.token().grant().expires())) {
      return false;
    }
    grant = newer;
    link.upgrade(session, newer.token().bytes());
    return true;
  }

  @Override
  public SessionRequest request() {
    return asked;
  }

  @Override
  public State state() {
    return session.state();
  }

  @Override
  public @Nullable Failure failure() {
    return session.failure();
  }

  @Override
  public Channel channel() {
    return channel;
  }

  @Override
  public void submit() {
    session.submit();
  }

  @Override
  public void onClosed(Consumer<Failure> listener) {
    session.onClosed(listener);
  }

  @Override
  public void close(CloseReason reason) {
    session.close(reason);
  }
}

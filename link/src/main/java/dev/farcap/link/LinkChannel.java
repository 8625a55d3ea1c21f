package dev.farcap.link;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// The channel of one session. Listeners run on the call's executor, else on the given one, else on
/// the link's event loop, where they must not block.
final class LinkChannel extends Channel {
  private final LinkSession session;
  private final @Nullable Executor executor;

  LinkChannel(LinkSession session, @Nullable Executor executor) {
    this.session = session;
    this.executor = executor;
  }

  @Override
  public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
    Executor own = options.getExecutor();
    return new LinkClientCall<>(session, method, options, own == null ? executor : own);
  }

  @Override
  public String authority() {
    return session.link().name();
  }
}

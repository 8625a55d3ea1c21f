package dev.farcap.link;

import dev.farcap.session.MetadataKeys;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A call and all that its listener heard.
final class Recorded extends ClientCall.Listener<byte[]> {
  private static final long PATIENCE_S = 30;

  final ClientCall<byte[], byte[]> call;
  final List<byte[]> messages = Collections.synchronizedList(new ArrayList<>());
  volatile @Nullable Metadata headers;
  volatile Metadata trailers = new Metadata();
  private final CompletableFuture<Status> end = new CompletableFuture<>();

  private Recorded(ClientCall<byte[], byte[]> call) {
    this.call = call;
  }

  static Recorded start(
      Channel channel,
      MethodDescriptor<byte[], byte[]> method,
      CallOptions options,
      Metadata headers) {
    Recorded recorded = new Recorded(channel.newCall(method, options));
    recorded.call.start(recorded, headers);
    recorded.call.request(Integer.MAX_VALUE);
    return recorded;
  }

  static Recorded start(Channel channel, MethodDescriptor<byte[], byte[]> method) {
    return start(channel, method, CallOptions.DEFAULT, new Metadata());
  }

  /// Sends one message and half-closes.
  Recorded say(byte[] request) {
    call.sendMessage(request);
    call.halfClose();
    return this;
  }

  /// Awaits the end.
  Status status() throws Exception {
    return end.get(PATIENCE_S, TimeUnit.SECONDS);
  }

  boolean isOver() {
    return end.isDone();
  }

  @Nullable String outcome() {
    return trailers.get(MetadataKeys.OUTCOME);
  }

  @Override
  public void onHeaders(Metadata received) {
    headers = received;
  }

  @Override
  public void onMessage(byte[] message) {
    messages.add(message);
  }

  @Override
  public void onClose(Status status, Metadata received) {
    trailers = received;
    if (!end.complete(status)) {
      throw new IllegalStateException("the call ended twice");
    }
  }
}

package dev.farcap.proof;

import dev.farcap.session.MetadataKeys;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/// A server of [Kinds] that shows a caller what it sent, so that programs of every make can check a
/// call from their side alone.
///
/// UNARY answers its message, SERVER_STREAMING three times, CLIENT_STREAMING all of them as one,
/// BIDI_STREAMING each at once. Headers and trailers repeat what the caller sent as [#TEXT] and
/// [#DATA]. What else it does is told by a header:
final class Mirror implements ServerCallHandler<byte[], byte[]> {
  private static final Metadata.Key<String> TEXT = ascii("x-text");
  private static final Metadata.Key<byte[]> DATA = binary("x-data-bin");

  /// In the answer: the effective label of the session.
  private static final Metadata.Key<String> LABEL = ascii("x-label");

  /// The call fails with everything a status can have.
  private static final Metadata.Key<String> FAIL = ascii("x-fail");

  private static final Metadata.Key<byte[]> DETAILS = binary("grpc-status-details-bin");
  private static final byte[] SOME_DETAILS = {8, 9, 18, 0, (byte) 0xff};
  private static final Status FAILED =
      Status.FAILED_PRECONDITION.withDescription("100 % naïve → no");

  /// The call gets headers and no more; the value names it.
  private static final Metadata.Key<String> HOLD = ascii("x-hold");

  /// The call is answered once the held call of that name has been cancelled.
  private static final Metadata.Key<String> AWAIT_CANCEL = ascii("x-await-cancel");

  private final Map<String, CompletableFuture<Void>> cancelled = new ConcurrentHashMap<>();

  private static Metadata.Key<String> ascii(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static Metadata.Key<byte[]> binary(String name) {
    return Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER);
  }

  @Override
  public ServerCall.Listener<byte[]> startCall(ServerCall<byte[], byte[]> call, Metadata headers) {
    call.request(2);
    call.sendHeaders(seen(headers));
    if (headers.containsKey(FAIL)) {
      Metadata trailers = seen(headers);
      trailers.put(DETAILS, SOME_DETAILS);
      call.close(FAILED, trailers);
      return new ServerCall.Listener<>() {};
    }
    String held = headers.get(HOLD);
    return held == null ? new Answering(call, headers) : new Held(cancellation(held));
  }

  private static Metadata seen(Metadata headers) {
    Metadata seen = new Metadata();
    copy(headers, seen, TEXT);
    copy(headers, seen, DATA);
    String label = headers.get(MetadataKeys.LABEL);
    if (label != null) {
      seen.put(LABEL, label);
    }
    return seen;
  }

  private static <T> void copy(Metadata from, Metadata to, Metadata.Key<T> key) {
    Iterable<T> values = from.getAll(key);
    if (values != null) {
      values.forEach(value -> to.put(key, value));
    }
  }

  private CompletableFuture<Void> cancellation(String held) {
    return cancelled.computeIfAbsent(held, _ -> new CompletableFuture<>());
  }

  private static final class Held extends ServerCall.Listener<byte[]> {
    private final CompletableFuture<Void> cancellation;

    Held(CompletableFuture<Void> cancellation) {
      this.cancellation = cancellation;
    }

    @Override
    public void onCancel() {
      cancellation.complete(null);
    }
  }

  private final class Answering extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private final Metadata headers;
    private final MethodType type;
    private final ByteArrayOutputStream collected = new ByteArrayOutputStream();

    Answering(ServerCall<byte[], byte[]> call, Metadata headers) {
      this.call = call;
      this.headers = headers;
      type = call.getMethodDescriptor().getType();
    }

    @Override
    public void onMessage(byte[] message) {
      collected.writeBytes(message);
      if (type == MethodType.BIDI_STREAMING) {
        call.sendMessage(message);
      }
      call.request(1);
    }

    @Override
    public void onHalfClose() {
      String awaited = headers.get(AWAIT_CANCEL);
      CompletableFuture<Void> ready =
          awaited == null ? CompletableFuture.completedFuture(null) : cancellation(awaited);
      var _ = ready.thenRun(this::answer);
    }

    private void answer() {
      int times =
          switch (type) {
            case SERVER_STREAMING -> 3;
            case BIDI_STREAMING -> 0;
            default -> 1;
          };
      for (int i = 0; i < times; i++) {
        call.sendMessage(collected.toByteArray());
      }
      call.close(Status.OK, seen(headers));
    }
  }
}

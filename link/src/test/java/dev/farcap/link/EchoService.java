package dev.farcap.link;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// A gRPC service of every kind of method, over plain bytes.
final class EchoService {
  static final String NAME = "test.Echo";
  static final MethodDescriptor<byte[], byte[]> SAY = method("Say", MethodType.UNARY);
  static final MethodDescriptor<byte[], byte[]> MANY = method("Many", MethodType.SERVER_STREAMING);
  static final MethodDescriptor<byte[], byte[]> SUM = method("Sum", MethodType.CLIENT_STREAMING);
  static final MethodDescriptor<byte[], byte[]> CHAT = method("Chat", MethodType.BIDI_STREAMING);
  static final MethodDescriptor<byte[], byte[]> HANG = method("Hang", MethodType.UNARY);
  static final MethodDescriptor<byte[], byte[]> THROW = method("Throw", MethodType.UNARY);
  static final MethodDescriptor<byte[], byte[]> META = method("Meta", MethodType.UNARY);
  static final MethodDescriptor<byte[], byte[]> REJECT = method("Reject", MethodType.UNARY);
  static final MethodDescriptor<byte[], byte[]> MISSING = method("Missing", MethodType.UNARY);
  static final MethodDescriptor<byte[], byte[]> BROKEN = method("Broken", MethodType.UNARY);
  static final Metadata.Key<String> DETAIL =
      Metadata.Key.of("detail", Metadata.ASCII_STRING_MARSHALLER);

  /// Calls of HANG that wait to be answered.
  final BlockingQueue<Hanging> hanging = new LinkedBlockingQueue<>();

  /// One of them.
  record Hanging(StreamObserver<byte[]> reply, Context context) {}

  ServerServiceDefinition definition() {
    return ServerServiceDefinition.builder(NAME)
        .addMethod(SAY, ServerCalls.asyncUnaryCall(EchoService::say))
        .addMethod(MANY, ServerCalls.asyncServerStreamingCall(EchoService::many))
        .addMethod(SUM, ServerCalls.asyncClientStreamingCall(EchoService::sum))
        .addMethod(CHAT, ServerCalls.asyncBidiStreamingCall(EchoService::chat))
        .addMethod(HANG, ServerCalls.asyncUnaryCall(this::hang))
        .addMethod(THROW, ServerCalls.asyncUnaryCall(EchoService::fail))
        .addMethod(META, new Mirror())
        .addMethod(REJECT, new Rejecting())
        .build();
  }

  private static void say(byte[] request, StreamObserver<byte[]> reply) {
    reply.onNext(request);
    reply.onCompleted();
  }

  /// As many messages as the request's first four bytes say, each as long as the next four, and
  /// beginning with its place.
  private static void many(byte[] request, StreamObserver<byte[]> reply) {
    ByteBuffer wish = ByteBuffer.wrap(request);
    int count = wish.getInt();
    int length = wish.getInt();
    ServerCallStreamObserver<byte[]> out = (ServerCallStreamObserver<byte[]>) reply;
    int[] next = {0};
    out.setOnReadyHandler(
        () -> {
          while (out.isReady() && next[0] < count) {
            out.onNext(ByteBuffer.allocate(length).putInt(next[0]++).array());
            if (next[0] == count) {
              out.onCompleted();
            }
          }
        });
  }

  static byte[] wish(int count, int length) {
    return ByteBuffer.allocate(8).putInt(count).putInt(length).array();
  }

  private static StreamObserver<byte[]> sum(StreamObserver<byte[]> reply) {
    return new Requests() {
      private long bytes;

      @Override
      public void onNext(byte[] message) {
        bytes += message.length;
      }

      @Override
      public void onCompleted() {
        reply.onNext(ByteBuffer.allocate(8).putLong(bytes).array());
        reply.onCompleted();
      }
    };
  }

  private static StreamObserver<byte[]> chat(StreamObserver<byte[]> reply) {
    return new Requests() {
      @Override
      public void onNext(byte[] message) {
        reply.onNext(message);
      }

      @Override
      public void onCompleted() {
        reply.onCompleted();
      }
    };
  }

  /// Does nothing when the caller goes away.
  private interface Requests extends StreamObserver<byte[]> {
    @Override
    default void onError(Throwable cancelled) {}
  }

  private void hang(byte[] request, StreamObserver<byte[]> reply) {
    ((ServerCallStreamObserver<byte[]>) reply).setOnCancelHandler(() -> {});
    hanging.add(new Hanging(reply, Context.current()));
  }

  private static void fail(byte[] request, StreamObserver<byte[]> reply) {
    if (request.length == 0) {
      throw new IllegalStateException("secret of the server");
    }
    Metadata trailers = new Metadata();
    trailers.put(DETAIL, "more");
    throw new StatusRuntimeException(Status.ABORTED.withDescription("too late"), trailers);
  }

  /// Sends the metadata it got back as headers and as trailers, around an empty message.
  private static final class Mirror implements ServerCallHandler<byte[], byte[]> {
    @Override
    public ServerCall.Listener<byte[]> startCall(
        ServerCall<byte[], byte[]> call, Metadata headers) {
      Metadata trailers = new Metadata();
      trailers.merge(headers);
      call.request(2);
      return new ServerCall.Listener<>() {
        @Override
        public void onHalfClose() {
          call.sendHeaders(headers);
          call.sendMessage(new byte[0]);
          call.close(Status.OK, trailers);
        }
      };
    }
  }

  /// Ends with trailers only.
  private static final class Rejecting implements ServerCallHandler<byte[], byte[]> {
    @Override
    public ServerCall.Listener<byte[]> startCall(
        ServerCall<byte[], byte[]> call, Metadata headers) {
      Metadata trailers = new Metadata();
      trailers.put(DETAIL, "why");
      call.close(Status.NOT_FOUND.withDescription("not here: ü"), trailers);
      return new ServerCall.Listener<>() {};
    }
  }

  private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
    return MethodDescriptor.newBuilder(new Bytes(), new Bytes())
        .setFullMethodName(NAME + "/" + name)
        .setType(type)
        .build();
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}

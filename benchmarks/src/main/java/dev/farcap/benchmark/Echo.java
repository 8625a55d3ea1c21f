package dev.farcap.benchmark;

import com.google.protobuf.BytesValue;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;

/// The service every subject carries: answers a request with itself, once or many times.
final class Echo {
  static final String SERVICE = "farcap.benchmark.Echo";
  static final String UNARY = "Unary";

  static final MethodDescriptor<BytesValue, BytesValue> METHOD =
      MethodDescriptor.<BytesValue, BytesValue>newBuilder()
          .setType(MethodType.UNARY)
          .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, UNARY))
          .setRequestMarshaller(ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
          .build();

  /// Answers a request with itself as often as its first four bytes say, big-endian.
  static final MethodDescriptor<BytesValue, BytesValue> STREAM =
      METHOD.toBuilder()
          .setType(MethodType.SERVER_STREAMING)
          .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, "Stream"))
          .build();

  private Echo() {}

  /// Sends while there is room, so that a slow reader costs no memory.
  private static void stream(BytesValue request, ServerCallStreamObserver<BytesValue> replies) {
    int[] left = {request.getValue().asReadOnlyByteBuffer().getInt()};
    replies.setOnReadyHandler(
        () -> {
          while (left[0] > 0 && replies.isReady()) {
            replies.onNext(request);
            if (--left[0] == 0) {
              replies.onCompleted();
            }
          }
        });
  }

  static ServerServiceDefinition service() {
    return ServerServiceDefinition.builder(SERVICE)
        .addMethod(
            METHOD,
            ServerCalls.asyncUnaryCall(
                (request, reply) -> {
                  reply.onNext(request);
                  reply.onCompleted();
                }))
        .addMethod(
            STREAM,
            ServerCalls.asyncServerStreamingCall(
                (request, replies) ->
                    stream(request, (ServerCallStreamObserver<BytesValue>) replies)))
        .build();
  }
}

package dev.farcap.node;

import dev.farcap.session.ObjectRef;
import dev.farcap.session.SessionCaller;
import dev.farcap.session.SignalPort;
import dev.farcap.session.SignalPort.SignalTransmitter;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A service of a program's own, `acme.Greeter`, with texts as messages.
final class Greeter implements HostedService {
  static final String SERVICE = "acme.Greeter";
  static final long PATIENCE_S = 30;

  /// A call as it came.
  record Seen(SessionCaller caller, Metadata headers, Thread thread) {}

  final LinkedBlockingQueue<Seen> calls = new LinkedBlockingQueue<>();

  /// `wait` is answered once this is open.
  final CountDownLatch goOn = new CountDownLatch(1);

  @Override
  public ServerServiceDefinition bind(SignalPort signals) {
    ServerServiceDefinition service =
        ServerServiceDefinition.builder(SERVICE)
            .addMethod(HELLO, ServerCalls.asyncUnaryCall(this::hello))
            .addMethod(
                RAISE, ServerCalls.asyncUnaryCall((hex, reply) -> raise(signals, hex, reply)))
            .build();
    return ServerInterceptors.intercept(service, new Noting());
  }

  private void hello(String name, StreamObserver<String> reply) {
    if (name.equals("wait")) {
      await(goOn);
    }
    reply.onNext("hello, " + name);
    reply.onCompleted();
  }

  private static void raise(SignalPort signals, String hex, StreamObserver<String> reply) {
    // Ends with the node: closed at once it might take the edge with it.
    SignalTransmitter transmitter =
        signals.transmitter(ObjectRef.parse(HexFormat.of().parseHex(hex)));
    transmitter.submit();
    reply.onNext("raised");
    reply.onCompleted();
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(PATIENCE_S, TimeUnit.SECONDS)) {
        throw new AssertionError("nobody went on");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private final class Noting implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      calls.add(new Seen(SessionCaller.current(), headers, Thread.currentThread()));
      return next.startCall(call, headers);
    }
  }

  static String hello(Channel channel, String name) {
    return ClientCalls.blockingUnaryCall(channel, HELLO, patiently(), name);
  }

  static String raise(Channel channel, ObjectRef context) {
    return ClientCalls.blockingUnaryCall(
        channel, RAISE, patiently(), HexFormat.of().formatHex(context.toBytes()));
  }

  private static CallOptions patiently() {
    return CallOptions.DEFAULT.withDeadlineAfter(PATIENCE_S, TimeUnit.SECONDS);
  }

  private static final MethodDescriptor.Marshaller<String> TEXT =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(String text) {
          return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
          try {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  static final MethodDescriptor<String, String> HELLO = unary("Hello");
  private static final MethodDescriptor<String, String> RAISE = unary("Raise");

  private static MethodDescriptor<String, String> unary(String name) {
    return MethodDescriptor.newBuilder(TEXT, TEXT)
        .setFullMethodName(SERVICE + "/" + name)
        .setType(MethodType.UNARY)
        .build();
  }
}

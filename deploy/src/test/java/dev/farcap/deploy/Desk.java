package dev.farcap.deploy;

import com.google.protobuf.Any;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.rpc.ErrorInfo;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.protobuf.StatusProto;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;

/// A gRPC server that describes itself:
///
/// ```proto
/// package acme;
/// message Note { string text = 1; int64 number = 2; }
/// message Problem { string why = 1; }
/// service Desk {
///   rpc Echo(Note) returns (Note);
///   rpc Count(Note) returns (stream Note);        // number notes
///   rpc Sum(stream Note) returns (Note);          // of their numbers
///   rpc Chat(stream Note) returns (stream Note);  // echoes
///   rpc Fail(Note) returns (Note);                // FAILED_PRECONDITION with details
///   rpc Hang(Note) returns (Note);
/// }
/// service Vault { rpc Open(Note) returns (Note); }
/// ```
final class Desk implements AutoCloseable {
  private static final FileDescriptor FILE = file();
  private static final Descriptor NOTE = Objects.requireNonNull(FILE.findMessageTypeByName("Note"));
  private static final Descriptor PROBLEM =
      Objects.requireNonNull(FILE.findMessageTypeByName("Problem"));

  final HealthStatusManager health = new HealthStatusManager();
  private final Server server;

  Desk() throws Exception {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(desk())
            .addService(ServerServiceDefinition.builder(descriptor("acme.Vault").build()).build())
            .addService(ProtoReflectionServiceV1.newInstance())
            .addService(health.getHealthService())
            .build()
            .start();
  }

  int port() {
    return server.getPort();
  }

  static byte[] protoSet() {
    return FileDescriptorSet.newBuilder().addFile(FILE.toProto()).build().toByteArray();
  }

  private static ServiceDescriptor.Builder descriptor(String service) {
    return ServiceDescriptor.newBuilder(service)
        .setSchemaDescriptor((ProtoFileDescriptorSupplier) () -> FILE);
  }

  private static ServerServiceDefinition desk() {
    var echo = method("Echo", MethodType.UNARY);
    var count = method("Count", MethodType.SERVER_STREAMING);
    var sum = method("Sum", MethodType.CLIENT_STREAMING);
    var chat = method("Chat", MethodType.BIDI_STREAMING);
    var fail = method("Fail", MethodType.UNARY);
    var hang = method("Hang", MethodType.UNARY);
    return ServerServiceDefinition.builder(
            descriptor("acme.Desk")
                .addMethod(echo)
                .addMethod(count)
                .addMethod(sum)
                .addMethod(chat)
                .addMethod(fail)
                .addMethod(hang)
                .build())
        .addMethod(echo, ServerCalls.asyncUnaryCall(Desk::echo))
        .addMethod(count, ServerCalls.asyncServerStreamingCall(Desk::count))
        .addMethod(sum, ServerCalls.asyncClientStreamingCall(Desk::sum))
        .addMethod(chat, ServerCalls.asyncBidiStreamingCall(Desk::chat))
        .addMethod(fail, ServerCalls.asyncUnaryCall(Desk::fail))
        .addMethod(hang, ServerCalls.asyncUnaryCall((_, _) -> {}))
        .build();
  }

  private static MethodDescriptor<DynamicMessage, DynamicMessage> method(
      String name, MethodType type) {
    var notes = ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(NOTE));
    return MethodDescriptor.newBuilder(notes, notes)
        .setFullMethodName("acme.Desk/" + name)
        .setType(type)
        .build();
  }

  private static DynamicMessage note(long number) {
    return DynamicMessage.newBuilder(NOTE).setField(NOTE.findFieldByName("number"), number).build();
  }

  private static long number(DynamicMessage note) {
    return (Long) note.getField(NOTE.findFieldByName("number"));
  }

  private static void echo(DynamicMessage request, StreamObserver<DynamicMessage> replies) {
    replies.onNext(request);
    replies.onCompleted();
  }

  private static void count(DynamicMessage request, StreamObserver<DynamicMessage> replies) {
    for (long i = 1; i <= number(request); i++) {
      replies.onNext(note(i));
    }
    replies.onCompleted();
  }

  private static StreamObserver<DynamicMessage> sum(StreamObserver<DynamicMessage> reply) {
    return new StreamObserver<>() {
      private long sum;

      @Override
      public void onNext(DynamicMessage request) {
        sum += number(request);
      }

      @Override
      public void onError(Throwable cancelled) {}

      @Override
      public void onCompleted() {
        reply.onNext(note(sum));
        reply.onCompleted();
      }
    };
  }

  private static StreamObserver<DynamicMessage> chat(StreamObserver<DynamicMessage> replies) {
    return new StreamObserver<>() {
      @Override
      public void onNext(DynamicMessage request) {
        replies.onNext(request);
      }

      @Override
      public void onError(Throwable cancelled) {}

      @Override
      public void onCompleted() {
        replies.onCompleted();
      }
    };
  }

  private static void fail(DynamicMessage request, StreamObserver<DynamicMessage> replies) {
    DynamicMessage why =
        DynamicMessage.newBuilder(PROBLEM)
            .setField(PROBLEM.findFieldByName("why"), "drawer is locked")
            .build();
    replies.onError(
        StatusProto.toStatusRuntimeException(
            com.google.rpc.Status.newBuilder()
                .setCode(Status.Code.FAILED_PRECONDITION.value())
                .setMessage("not now")
                .addDetails(Any.pack(why))
                .addDetails(Any.pack(ErrorInfo.newBuilder().setReason("LOCKED").build()))
                .addDetails(Any.newBuilder().setTypeUrl("x.example/acme.Odd"))
                .build()));
  }

  // ---- the file

  private static FileDescriptor file() {
    FileDescriptorProto file =
        FileDescriptorProto.newBuilder()
            .setName("acme.proto")
            .setPackage("acme")
            .setSyntax("proto3")
            .addMessageType(
                DescriptorProto.newBuilder()
                    .setName("Note")
                    .addField(field("text", 1, FieldDescriptorProto.Type.TYPE_STRING))
                    .addField(field("number", 2, FieldDescriptorProto.Type.TYPE_INT64)))
            .addMessageType(
                DescriptorProto.newBuilder()
                    .setName("Problem")
                    .addField(field("why", 1, FieldDescriptorProto.Type.TYPE_STRING)))
            .addService(
                ServiceDescriptorProto.newBuilder()
                    .setName("Desk")
                    .addMethod(rpc("Echo"))
                    .addMethod(rpc("Count").setServerStreaming(true))
                    .addMethod(rpc("Sum").setClientStreaming(true))
                    .addMethod(rpc("Chat").setClientStreaming(true).setServerStreaming(true))
                    .addMethod(rpc("Fail"))
                    .addMethod(rpc("Hang")))
            .addService(ServiceDescriptorProto.newBuilder().setName("Vault").addMethod(rpc("Open")))
            .build();
    try {
      return FileDescriptor.buildFrom(file, new FileDescriptor[0]);
    } catch (DescriptorValidationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static FieldDescriptorProto field(
      String name, int number, FieldDescriptorProto.Type type) {
    return FieldDescriptorProto.newBuilder()
        .setName(name)
        .setJsonName(name)
        .setNumber(number)
        .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL)
        .setType(type)
        .build();
  }

  private static MethodDescriptorProto.Builder rpc(String name) {
    return MethodDescriptorProto.newBuilder()
        .setName(name)
        .setInputType(".acme.Note")
        .setOutputType(".acme.Note");
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}

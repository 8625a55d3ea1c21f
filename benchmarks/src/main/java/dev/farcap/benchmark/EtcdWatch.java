package dev.farcap.benchmark;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Empty;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.UnknownFieldSet.Field;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// An etcd of one member, one key in it, and watchers. etcd speaks gRPC; the few fields of its
/// messages that are needed are written and read as unknown fields of an empty message, by the
/// numbers of its `rpc.proto`.
final class EtcdWatch implements AutoCloseable {
  private static final long PATIENCE_S = 20;
  private static final ByteString KEY = ByteString.copyFromUtf8("benchmark");

  // PutRequest: key, value. RangeRequest and WatchCreateRequest: key.
  private static final int REQUEST_KEY = 1;
  private static final int PUT_VALUE = 2;
  // WatchRequest.create_request, WatchResponse.created and .events, Event.kv, KeyValue.value
  private static final int WATCH_CREATE = 1;
  private static final int WATCH_EVENTS = 11;
  private static final int EVENT_KV = 2;
  private static final int KV_VALUE = 5;

  private static final MethodDescriptor<Empty, Empty> PUT =
      method(MethodType.UNARY, "etcdserverpb.KV/Put");
  private static final MethodDescriptor<Empty, Empty> WATCH =
      method(MethodType.BIDI_STREAMING, "etcdserverpb.Watch/Watch");

  private final String version;
  private final NativeProcess process;
  private final ManagedChannel channel;

  private EtcdWatch(String version, NativeProcess process, ManagedChannel channel) {
    this.version = version;
    this.process = process;
    this.channel = channel;
  }

  static EtcdWatch start(Lab lab) {
    Path folder = lab.freshFolder("etcd");
    String version =
        NativeProcess.output(List.of("etcd", "--version"), folder)
            .lines()
            .findFirst()
            .orElse("etcd");
    int clients = Lab.freePort();
    String here = "http://127.0.0.1:" + clients;
    String peers = "http://127.0.0.1:" + Lab.freePort();
    List<String> command =
        List.of(
            "etcd",
            "--data-dir",
            "data",
            "--listen-client-urls",
            here,
            "--advertise-client-urls",
            here,
            "--listen-peer-urls",
            peers,
            "--initial-advertise-peer-urls",
            peers,
            "--initial-cluster",
            "default=" + peers);
    NativeProcess process =
        NativeProcess.start(command, folder, folder.resolve("output")).awaitPort(clients);
    return new EtcdWatch(
        version + ", one member, without TLS", process, GrpcLibrary.plaintext(clients));
  }

  private static MethodDescriptor<Empty, Empty> method(MethodType type, String name) {
    return MethodDescriptor.<Empty, Empty>newBuilder()
        .setType(type)
        .setFullMethodName(name)
        .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
        .setResponseMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
        .build();
  }

  String version() {
    return version;
  }

  /// Puts the key.
  void put(byte[] content) {
    UnknownFieldSet request =
        UnknownFieldSet.newBuilder()
            .addField(REQUEST_KEY, bytes(KEY))
            .addField(PUT_VALUE, bytes(ByteString.copyFrom(content)))
            .build();
    ClientCalls.asyncUnaryCall(
        channel.newCall(PUT, CallOptions.DEFAULT),
        message(request),
        new Replies(new CountDownLatch(1), _ -> {}));
  }

  /// Tells of every value put from when this returns.
  ///
  /// @throws IllegalStateException if etcd does not confirm the watch
  void watch(Arrivals arrivals) {
    CountDownLatch created = new CountDownLatch(1);
    UnknownFieldSet create = UnknownFieldSet.newBuilder().addField(REQUEST_KEY, bytes(KEY)).build();
    UnknownFieldSet request =
        UnknownFieldSet.newBuilder().addField(WATCH_CREATE, bytes(create.toByteString())).build();
    ClientCalls.asyncBidiStreamingCall(
            channel.newCall(WATCH, CallOptions.DEFAULT), new Replies(created, arrivals::arrived))
        .onNext(message(request));
    try {
      if (!created.await(PATIENCE_S, TimeUnit.SECONDS)) {
        throw new IllegalStateException("etcd made no watch within " + PATIENCE_S + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while etcd made a watch", e);
    }
  }

  private static Field bytes(ByteString value) {
    return Field.newBuilder().addLengthDelimited(value).build();
  }

  private static Empty message(UnknownFieldSet fields) {
    return Empty.newBuilder().setUnknownFields(fields).build();
  }

  /// Takes the values out of what a watch says; its first message says that it is there.
  private record Replies(CountDownLatch first, Consumer<byte[]> values)
      implements StreamObserver<Empty> {
    @Override
    public void onNext(Empty reply) {
      first.countDown();
      for (ByteString event : of(reply.getUnknownFields(), WATCH_EVENTS)) {
        for (ByteString kv : of(parse(event), EVENT_KV)) {
          of(parse(kv), KV_VALUE).forEach(value -> values.accept(value.toByteArray()));
        }
      }
    }

    private static List<ByteString> of(UnknownFieldSet fields, int number) {
      return fields.getField(number).getLengthDelimitedList();
    }

    private static UnknownFieldSet parse(ByteString bytes) {
      try {
        return UnknownFieldSet.parseFrom(
            CodedInputStream.newInstance(bytes.asReadOnlyByteBuffer()));
      } catch (IOException e) {
        throw new IllegalStateException("etcd sent what is no message", e);
      }
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}
  }

  @Override
  public void close() {
    channel.shutdownNow();
    process.close();
  }
}

package dev.farcap.link.engine;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.farcap.link.wire.Close.Reason;
import dev.farcap.session.Failure;
import dev.farcap.session.Id128;
import dev.farcap.session.Session.CloseReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Writes frames in protobuf encoding. The hot kinds are written by hand, payload last, so that a
/// payload is passed on and not copied; the others by the generated classes.
final class FrameWriter {
  /// Payloads up to this length are copied behind their header: one small buffer costs less than a
  /// composite of two.
  private static final int COPY_BYTES_MAX = 1 << 10;

  private static final int BYTES = 2;

  private final ByteBufAllocator allocator;

  FrameWriter(ByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  /// Writes one frame and takes over its payload.
  ///
  /// @param number the frame's number, 0 for a kind without
  ByteBuf write(long number, Frame frame) {
    return switch (frame) {
      case Frame.Call call -> writeCall(number, call);
      case Frame.Message message -> writeMessage(number, message);
      case Frame.Return done -> writeReturn(number, done);
      case Frame.Credit credit ->
          writeVarints(
              number,
              frame.kind(),
              credit.session(),
              credit.call(),
              credit.bytes(),
              credit.longMessages());
      case Frame.Ack ack -> writeVarints(number, frame.kind(), ack.number());
      case Frame.Signal signal ->
          writeVarints(number, frame.kind(), signal.session(), signal.count());
      case Frame.HalfClose halfClose -> writeVarints(number, frame.kind(), halfClose.call());
      case Frame.Cancel cancel -> writeVarints(number, frame.kind(), cancel.call());
      case Frame.Hello hello -> writeCold(number, frame.kind(), hello(hello));
      case Frame.Present present ->
          writeCold(
              number,
              frame.kind(),
              dev.farcap.link.wire.Present.newBuilder()
                  .setSlot(present.slot())
                  .setToken(ByteString.copyFrom(present.token()))
                  .build());
      case Frame.Open open -> writeCold(number, frame.kind(), open(open));
      case Frame.Opened opened ->
          writeCold(
              number,
              frame.kind(),
              dev.farcap.link.wire.Opened.newBuilder()
                  .setSession(opened.session())
                  .setExpiresMs(opened.expiresMs())
                  .build());
      case Frame.Refused refused ->
          writeCold(
              number,
              frame.kind(),
              dev.farcap.link.wire.Refused.newBuilder()
                  .setSession(refused.session())
                  .setFailure(failure(refused.failure()))
                  .build());
      case Frame.Upgrade upgrade ->
          writeCold(
              number,
              frame.kind(),
              dev.farcap.link.wire.Upgrade.newBuilder()
                  .setSession(upgrade.session())
                  .setSlot(upgrade.slot())
                  .build());
      case Frame.Close close ->
          writeCold(
              number,
              frame.kind(),
              dev.farcap.link.wire.Close.newBuilder()
                  .setSession(close.session())
                  .setReason(reason(close.reason()))
                  .build());
      case Frame.Closed closed -> writeCold(number, frame.kind(), closed(closed));
      case Frame.Headers headers -> writeCold(number, frame.kind(), headers(headers));
      case Frame.Ping ping ->
          writeCold(
              number,
              frame.kind(),
              dev.farcap.link.wire.Ping.newBuilder()
                  .setNonce(ping.nonce())
                  .setBundleNumber(ping.bundleNumber())
                  .setListNumber(ping.listNumber())
                  .build());
      case Frame.Pong pong ->
          writeCold(
              number,
              frame.kind(),
              dev.farcap.link.wire.Pong.newBuilder().setNonce(pong.nonce()).build());
      case Frame.GoAway goAway ->
          writeCold(
              number,
              frame.kind(),
              dev.farcap.link.wire.GoAway.newBuilder().setReason(goAway.reason()).build());
    };
  }

  // ---- hot ------------------------------------------------------------------------------------

  private ByteBuf writeCall(long number, Frame.Call call) {
    int methodBytes = ByteBufUtil.utf8Bytes(call.method());
    int body =
        varintFieldBytes(call.call())
            + varintFieldBytes(call.session())
            + textFieldBytes(methodBytes)
            + varintFieldBytes(call.timeoutUs())
            + metadataBytes(call.metadata())
            + (call.halfClose() ? 2 : 0)
            + payloadFieldsBytes(call.length(), call.payload());
    ByteBuf out = begin(number, FrameKind.CALL, body, call.payload());
    writeVarintField(out, 1, call.call());
    writeVarintField(out, 2, call.session());
    writeTextField(out, 3, call.method(), methodBytes);
    writeVarintField(out, 4, call.timeoutUs());
    writeMetadata(out, 5, call.metadata());
    if (call.halfClose()) {
      writeVarintField(out, 6, 1);
    }
    writeLength(out, 7, call.length());
    return writePayload(out, 8, call.payload());
  }

  private ByteBuf writeMessage(long number, Frame.Message message) {
    int body =
        varintFieldBytes(message.call()) + payloadFieldsBytes(message.length(), message.payload());
    ByteBuf out = begin(number, FrameKind.MESSAGE, body, message.payload());
    writeVarintField(out, 1, message.call());
    writeLength(out, 2, message.length());
    return writePayload(out, 3, message.payload());
  }

  private ByteBuf writeReturn(long number, Frame.Return done) {
    byte @Nullable [][] headers = done.headers();
    int descriptionBytes = ByteBufUtil.utf8Bytes(done.description());
    int body =
        varintFieldBytes(done.call())
            + varintFieldBytes(done.code())
            + textFieldBytes(descriptionBytes)
            + (headers == null ? 0 : 2 + metadataBytes(headers))
            + metadataBytes(done.trailers())
            + payloadFieldsBytes(done.length(), done.payload());
    ByteBuf out = begin(number, FrameKind.RETURN, body, done.payload());
    writeVarintField(out, 1, done.call());
    writeVarintField(out, 2, done.code());
    writeTextField(out, 3, done.description(), descriptionBytes);
    if (headers != null) {
      writeVarintField(out, 4, 1);
      writeMetadata(out, 5, headers);
    }
    writeMetadata(out, 6, done.trailers());
    writeLength(out, 7, done.length());
    return writePayload(out, 8, done.payload());
  }

  private ByteBuf writeVarints(long number, FrameKind kind, long... fields) {
    int body = 0;
    for (long field : fields) {
      body += varintFieldBytes(field);
    }
    ByteBuf out = begin(number, kind, body, null);
    for (int i = 0; i < fields.length; i++) {
      writeVarintField(out, i + 1, fields[i]);
    }
    return out;
  }

  private ByteBuf begin(long number, FrameKind kind, int body, @Nullable ByteBuf payload) {
    int passedOn = payload == null || copies(payload) ? 0 : payload.readableBytes();
    int header = varintFieldBytes(number) + 2 + varintBytes(body);
    ByteBuf out = allocator.directBuffer(header + body - passedOn);
    writeVarintField(out, 1, number);
    writeVarint(out, kind.field() << 3 | BYTES);
    writeVarint(out, body);
    return out;
  }

  private static boolean copies(ByteBuf payload) {
    return payload.readableBytes() <= COPY_BYTES_MAX;
  }

  private ByteBuf writePayload(ByteBuf out, int field, ByteBuf payload) {
    if (!payload.isReadable()) {
      payload.release();
      return out;
    }
    writeVarint(out, field << 3 | BYTES);
    writeVarint(out, payload.readableBytes());
    if (copies(payload)) {
      out.writeBytes(payload);
      payload.release();
      return out;
    }
    return allocator.compositeDirectBuffer(2).addComponents(true, out, payload);
  }

  private static int payloadFieldsBytes(int length, ByteBuf payload) {
    int bytes = payload.readableBytes();
    return (length == Frame.NO_LENGTH ? 0 : 1 + varintBytes(length))
        + (bytes == 0 ? 0 : 1 + varintBytes(bytes) + bytes);
  }

  private static void writeLength(ByteBuf out, int field, int length) {
    if (length != Frame.NO_LENGTH) {
      writeVarint(out, (long) field << 3);
      writeVarint(out, length);
    }
  }

  private static int metadataBytes(byte[][] parts) {
    int bytes = 0;
    for (byte[] part : parts) {
      bytes += 1 + varintBytes(part.length) + part.length;
    }
    return bytes;
  }

  private static void writeMetadata(ByteBuf out, int field, byte[][] parts) {
    for (byte[] part : parts) {
      writeVarint(out, field << 3 | BYTES);
      writeVarint(out, part.length);
      out.writeBytes(part);
    }
  }

  private static int textFieldBytes(int bytes) {
    return bytes == 0 ? 0 : 1 + varintBytes(bytes) + bytes;
  }

  private static void writeTextField(ByteBuf out, int field, String text, int bytes) {
    if (bytes > 0) {
      writeVarint(out, field << 3 | BYTES);
      writeVarint(out, bytes);
      out.writeCharSequence(text, StandardCharsets.UTF_8);
    }
  }

  private static int varintFieldBytes(long value) {
    return value == 0 ? 0 : 1 + varintBytes(value);
  }

  private static void writeVarintField(ByteBuf out, int field, long value) {
    if (value != 0) {
      writeVarint(out, (long) field << 3);
      writeVarint(out, value);
    }
  }

  private static int varintBytes(long value) {
    return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
  }

  private static void writeVarint(ByteBuf out, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.writeByte((int) rest | 0x80);
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }

  // ---- cold -----------------------------------------------------------------------------------

  private ByteBuf writeCold(long number, FrameKind kind, MessageLite message) {
    int body = message.getSerializedSize();
    ByteBuf out =
        allocator.directBuffer(
            varintFieldBytes(number) + varintBytes((long) kind.field() << 3) + 5 + body);
    writeVarintField(out, 1, number);
    writeVarint(out, kind.field() << 3 | BYTES);
    writeVarint(out, body);
    return out.writeBytes(message.toByteArray());
  }

  private static dev.farcap.link.wire.Hello hello(Frame.Hello hello) {
    Limits limits = hello.limits();
    return dev.farcap.link.wire.Hello.newBuilder()
        .setProtocolMin(hello.protocolMin())
        .setProtocolMax(hello.protocolMax())
        .setEpoch(id(hello.epoch()))
        .setLink(id(hello.link()))
        .setResume(hello.resume())
        .setReceived(hello.received())
        .setLimits(
            dev.farcap.link.wire.Limits.newBuilder()
                .setCallWindow(limits.callWindowBytes())
                .setOpeningWindow(limits.openingWindowBytes())
                .setSessionWindow(limits.sessionWindowBytes())
                .setMessageBytes(limits.messageBytes())
                .setSessions(limits.sessions())
                .setMetadataBytes(limits.metadataBytes()))
        .setBundleNumber(hello.bundleNumber())
        .setListNumber(hello.listNumber())
        .build();
  }

  private static ByteString id(Id128 id) {
    return ByteString.copyFrom(id.bytes());
  }

  private static dev.farcap.link.wire.Open open(Frame.Open open) {
    var builder =
        dev.farcap.link.wire.Open.newBuilder()
            .setSession(open.session())
            .setService(open.service())
            .addAllLabel(open.label())
            .setSlot(open.slot());
    byte[] object = open.object();
    return object == null
        ? builder.build()
        : builder.setObject(ByteString.copyFrom(object)).build();
  }

  private static dev.farcap.link.wire.Closed closed(Frame.Closed closed) {
    var builder = dev.farcap.link.wire.Closed.newBuilder().setSession(closed.session());
    Failure failure = closed.failure();
    return failure == null ? builder.build() : builder.setFailure(failure(failure)).build();
  }

  private static dev.farcap.link.wire.Headers headers(Frame.Headers headers) {
    var builder = dev.farcap.link.wire.Headers.newBuilder().setCall(headers.call());
    for (byte[] part : headers.metadata()) {
      builder.addMetadata(ByteString.copyFrom(part));
    }
    return builder.build();
  }

  private static Reason reason(CloseReason reason) {
    return switch (reason) {
      case UNUSED -> Reason.UNUSED;
      case REROUTED -> Reason.REROUTED;
      case SHUTDOWN -> Reason.SHUTDOWN;
    };
  }

  private static dev.farcap.link.wire.Failure failure(Failure failure) {
    return dev.farcap.link.wire.Failure.newBuilder()
        .setKind(
            switch (failure.kind()) {
              case FAILED -> dev.farcap.link.wire.Failure.Kind.FAILED;
              case REFUSED -> dev.farcap.link.wire.Failure.Kind.REFUSED;
              case OVERLOADED -> dev.farcap.link.wire.Failure.Kind.OVERLOADED;
              case DISCONNECTED -> dev.farcap.link.wire.Failure.Kind.DISCONNECTED;
              case UNIMPLEMENTED -> dev.farcap.link.wire.Failure.Kind.UNIMPLEMENTED;
            })
        .setOutcomeUnknown(failure.outcome() == Failure.Outcome.UNKNOWN)
        .setMessage(failure.message())
        .build();
  }
}

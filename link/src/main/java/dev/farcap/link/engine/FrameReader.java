package dev.farcap.link.engine;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.farcap.session.Failure;
import dev.farcap.session.Id128;
import dev.farcap.session.Session.CloseReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads frames. The hot kinds are read by hand straight from the buffer, so that a payload is the
/// very buffer that came in; the others by the generated classes. Bound to one thread.
///
/// Stricter than protobuf: an unknown field is an error, because a new one needs a higher protocol
/// number; so is a field of another wire type, a varint of more than ten bytes, a payload without
/// length, and metadata with a name but no value.
final class FrameReader {
  private static final byte[][] NO_METADATA = {};
  private static final int VARINT = 0;
  private static final int BYTES = 2;
  private static final int METADATA_PARTS_MAX = 2 * 1024;

  private long number;
  // Where the payload of the frame being read lies; it is referenced only once all else is checked.
  private int payloadAt;
  private int payloadBytes;
  // Programs call few methods: the last name is kept in both forms.
  private String lastMethod = "";
  private ByteBuf lastMethodBytes = Unpooled.EMPTY_BUFFER;

  /// The number of the frame read last; 0 if it had none.
  long number() {
    return number;
  }

  /// Reads the frame that fills `in`. The buffer stays the caller's; a payload is one more
  /// reference to it, and its indices then span the payload.
  ///
  /// @throws WireException if this is no frame
  Frame read(ByteBuf in) {
    number = 0;
    payloadAt = 0;
    payloadBytes = 0;
    Frame frame = null;
    try {
      while (in.isReadable()) {
        int tag = readTag(in);
        if (tag == tag(1, VARINT)) {
          number = readVarint(in);
        } else if (frame != null) {
          throw new WireException("frame has two kinds");
        } else {
          frame = readKind(tag, in, readLength(in));
        }
      }
    } catch (RuntimeException e) {
      releasePayload(frame);
      throw e;
    }
    if (frame == null) {
      throw new WireException("frame has no kind");
    }
    if (frame.kind().numbered() != (number != 0)) {
      releasePayload(frame);
      throw new WireException(frame.kind() + " with number " + Long.toUnsignedString(number));
    }
    if (payloadBytes > 0) {
      in.setIndex(payloadAt, payloadAt + payloadBytes);
    }
    return frame;
  }

  /// Gives back what a frame that nobody takes holds.
  static void releasePayload(@Nullable Frame frame) {
    switch (frame) {
      case Frame.Call call -> call.payload().release();
      case Frame.Message message -> message.payload().release();
      case Frame.Return done -> done.payload().release();
      case null, default -> {}
    }
  }

  private Frame readKind(int tag, ByteBuf in, int length) {
    int end = in.readerIndex() + length;
    if (tag == tag(FrameKind.CALL.field(), BYTES)) {
      return readCall(in, end);
    } else if (tag == tag(FrameKind.MESSAGE.field(), BYTES)) {
      return readMessage(in, end);
    } else if (tag == tag(FrameKind.RETURN.field(), BYTES)) {
      return readReturn(in, end);
    } else if (tag == tag(FrameKind.CREDIT.field(), BYTES)) {
      return readCredit(in, end);
    } else if (tag == tag(FrameKind.ACK.field(), BYTES)) {
      long[] fields = readVarints(in, end, "Ack", 1);
      return new Frame.Ack(fields[1]);
    } else if (tag == tag(FrameKind.SIGNAL.field(), BYTES)) {
      long[] fields = readVarints(in, end, "Signal", 2);
      return new Frame.Signal(fields[1], fields[2]);
    } else if (tag == tag(FrameKind.HALF_CLOSE.field(), BYTES)) {
      return new Frame.HalfClose(readVarints(in, end, "HalfClose", 1)[1]);
    } else if (tag == tag(FrameKind.CANCEL.field(), BYTES)) {
      return new Frame.Cancel(readVarints(in, end, "Cancel", 1)[1]);
    }
    byte[] body = new byte[length];
    in.readBytes(body);
    return readCold(tag, body);
  }

  private Frame readCall(ByteBuf in, int end) {
    long call = 0;
    long session = 0;
    String method = "";
    long timeoutUs = 0;
    Metadata metadata = new Metadata();
    boolean halfClose = false;
    int length = Frame.NO_LENGTH;
    while (in.readerIndex() < end) {
      int tag = readTag(in);
      switch (tag) {
        case 1 << 3 -> call = readVarint(in);
        case 2 << 3 -> session = readVarint(in);
        case 3 << 3 | BYTES -> method = readMethod(in);
        case 4 << 3 -> timeoutUs = readVarint(in);
        case 5 << 3 | BYTES -> metadata.add(readBytes(in));
        case 6 << 3 -> halfClose = readVarint(in) != 0;
        case 7 << 3 -> length = readMessageLength(in);
        case 8 << 3 | BYTES -> readPayload(in, end);
        default -> throw unknownField("Call", tag);
      }
    }
    checkEnd(in, end);
    checkPayload(length);
    return new Frame.Call(
        call, session, method, timeoutUs, metadata.parts(), halfClose, length, payload(in));
  }

  private Frame readMessage(ByteBuf in, int end) {
    long call = 0;
    int length = Frame.NO_LENGTH;
    while (in.readerIndex() < end) {
      int tag = readTag(in);
      switch (tag) {
        case 1 << 3 -> call = readVarint(in);
        case 2 << 3 -> length = readMessageLength(in);
        case 3 << 3 | BYTES -> readPayload(in, end);
        default -> throw unknownField("Message", tag);
      }
    }
    checkEnd(in, end);
    return new Frame.Message(call, length, payload(in));
  }

  private Frame readReturn(ByteBuf in, int end) {
    long call = 0;
    long code = 0;
    String description = "";
    boolean hasHeaders = false;
    Metadata headers = new Metadata();
    Metadata trailers = new Metadata();
    int length = Frame.NO_LENGTH;
    while (in.readerIndex() < end) {
      int tag = readTag(in);
      switch (tag) {
        case 1 << 3 -> call = readVarint(in);
        case 2 << 3 -> code = readVarint(in);
        case 3 << 3 | BYTES -> description = readString(in);
        case 4 << 3 -> hasHeaders = readVarint(in) != 0;
        case 5 << 3 | BYTES -> headers.add(readBytes(in));
        case 6 << 3 | BYTES -> trailers.add(readBytes(in));
        case 7 << 3 -> length = readMessageLength(in);
        case 8 << 3 | BYTES -> readPayload(in, end);
        default -> throw unknownField("Return", tag);
      }
    }
    checkEnd(in, end);
    checkPayload(length);
    if (code < 0 || code > 16 || (length >= 0 && length != payloadBytes)) {
      throw new WireException("Return with code " + code + " and length " + length);
    }
    byte[][] headerParts = headers.parts();
    if (headerParts.length > 0 && !hasHeaders) {
      throw new WireException("Return with headers, but without has_headers");
    }
    return new Frame.Return(
        call,
        (int) code,
        description,
        hasHeaders ? headerParts : null,
        trailers.parts(),
        length,
        payload(in));
  }

  private static Frame readCredit(ByteBuf in, int end) {
    long[] fields = readVarints(in, end, "Credit", 4);
    if ((fields[1] == 0) == (fields[2] == 0) || fields[3] < 0 || fields[4] < 0) {
      throw new WireException("Credit must name a session or a call");
    }
    return new Frame.Credit(fields[1], fields[2], fields[3], fields[4]);
  }

  /// Reads a message of varint fields 1..count; index 0 of the result is unused.
  private static long[] readVarints(ByteBuf in, int end, String what, int count) {
    long[] fields = new long[count + 1];
    while (in.readerIndex() < end) {
      int tag = readTag(in);
      int field = tag >>> 3;
      if ((tag & 7) != VARINT || field < 1 || field > count) {
        throw unknownField(what, tag);
      }
      fields[field] = readVarint(in);
    }
    checkEnd(in, end);
    return fields;
  }

  private static Frame readCold(int tag, byte[] body) {
    try {
      return switch (tag) {
        case 8 << 3 | BYTES -> {
          var headers = dev.farcap.link.wire.Headers.parseFrom(body);
          checkKnown(headers);
          Metadata metadata = new Metadata();
          headers.getMetadataList().forEach(part -> metadata.add(part.toByteArray()));
          yield new Frame.Headers(headers.getCall(), metadata.parts());
        }
        case 16 << 3 | BYTES -> hello(checkKnown(dev.farcap.link.wire.Hello.parseFrom(body)));
        case 17 << 3 | BYTES -> {
          var present = checkKnown(dev.farcap.link.wire.Present.parseFrom(body));
          yield new Frame.Present(present.getSlot(), present.getToken().toByteArray());
        }
        case 18 << 3 | BYTES -> {
          var open = checkKnown(dev.farcap.link.wire.Open.parseFrom(body));
          yield new Frame.Open(
              open.getSession(),
              open.getService(),
              List.copyOf(open.getLabelList()),
              open.getSlot(),
              open.getObject().isEmpty() ? null : open.getObject().toByteArray());
        }
        case 19 << 3 | BYTES -> {
          var opened = checkKnown(dev.farcap.link.wire.Opened.parseFrom(body));
          yield new Frame.Opened(opened.getSession(), opened.getExpiresMs());
        }
        case 20 << 3 | BYTES -> {
          var refused = checkKnown(dev.farcap.link.wire.Refused.parseFrom(body));
          yield new Frame.Refused(refused.getSession(), failure(refused.getFailure()));
        }
        case 21 << 3 | BYTES -> {
          var upgrade = checkKnown(dev.farcap.link.wire.Upgrade.parseFrom(body));
          yield new Frame.Upgrade(upgrade.getSession(), upgrade.getSlot());
        }
        case 22 << 3 | BYTES -> {
          var close = checkKnown(dev.farcap.link.wire.Close.parseFrom(body));
          yield new Frame.Close(close.getSession(), reason(close.getReason()));
        }
        case 23 << 3 | BYTES -> {
          var closed = checkKnown(dev.farcap.link.wire.Closed.parseFrom(body));
          yield new Frame.Closed(
              closed.getSession(), closed.hasFailure() ? failure(closed.getFailure()) : null);
        }
        case 24 << 3 | BYTES -> {
          var ping = checkKnown(dev.farcap.link.wire.Ping.parseFrom(body));
          yield new Frame.Ping(ping.getNonce(), ping.getBundleNumber(), ping.getListNumber());
        }
        case 25 << 3 | BYTES ->
            new Frame.Pong(checkKnown(dev.farcap.link.wire.Pong.parseFrom(body)).getNonce());
        case 26 << 3 | BYTES ->
            new Frame.GoAway(checkKnown(dev.farcap.link.wire.GoAway.parseFrom(body)).getReason());
        default -> throw new WireException("unknown frame kind, field " + (tag >>> 3));
      };
    } catch (InvalidProtocolBufferException e) {
      throw new WireException("frame of field " + (tag >>> 3) + " is malformed");
    } catch (IllegalArgumentException e) {
      throw new WireException("frame of field " + (tag >>> 3) + ": " + e.getMessage());
    }
  }

  private static <M extends com.google.protobuf.Message> M checkKnown(M message) {
    if (!message.getUnknownFields().asMap().isEmpty()) {
      throw new WireException(message.getDescriptorForType().getName() + " has an unknown field");
    }
    return message;
  }

  private static Frame.Hello hello(dev.farcap.link.wire.Hello hello) {
    var limits = checkKnown(hello.getLimits());
    return new Frame.Hello(
        hello.getProtocolMin(),
        hello.getProtocolMax(),
        id(hello.getEpoch()),
        id(hello.getLink()),
        hello.getResume(),
        hello.getReceived(),
        new Limits(
            limits.getCallWindow(),
            limits.getOpeningWindow(),
            limits.getSessionWindow(),
            limits.getMessageBytes(),
            limits.getSessions(),
            limits.getMetadataBytes()),
        hello.getBundleNumber(),
        hello.getListNumber());
  }

  private static Id128 id(ByteString bytes) {
    return Id128.of(bytes.toByteArray());
  }

  private static CloseReason reason(dev.farcap.link.wire.Close.Reason reason) {
    return switch (reason) {
      case UNUSED -> CloseReason.UNUSED;
      case REROUTED -> CloseReason.REROUTED;
      case SHUTDOWN -> CloseReason.SHUTDOWN;
      case UNRECOGNIZED -> throw new WireException("Close with an unknown reason");
    };
  }

  private static Failure failure(dev.farcap.link.wire.Failure failure) {
    checkKnown(failure);
    Failure.Kind kind =
        switch (failure.getKind()) {
          case FAILED -> Failure.Kind.FAILED;
          case REFUSED -> Failure.Kind.REFUSED;
          case OVERLOADED -> Failure.Kind.OVERLOADED;
          case DISCONNECTED -> Failure.Kind.DISCONNECTED;
          case UNIMPLEMENTED -> Failure.Kind.UNIMPLEMENTED;
          case UNRECOGNIZED -> throw new WireException("failure of an unknown kind");
        };
    return failure.getOutcomeUnknown()
        ? Failure.unknown(kind, failure.getMessage())
        : Failure.notExecuted(kind, failure.getMessage());
  }

  // ---- protobuf encoding ----------------------------------------------------------------------

  private static int tag(int field, int wireType) {
    return field << 3 | wireType;
  }

  private static int readTag(ByteBuf in) {
    long tag = readVarint(in);
    if (tag <= 0 || tag > Integer.MAX_VALUE) {
      throw new WireException("impossible field tag " + tag);
    }
    return (int) tag;
  }

  private static long readVarint(ByteBuf in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (!in.isReadable()) {
        throw new WireException("frame ends within a number");
      }
      byte next = in.readByte();
      value |= (next & 0x7FL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new WireException("number of more than ten bytes");
  }

  private static int readLength(ByteBuf in) {
    long length = readVarint(in);
    if (length < 0 || length > in.readableBytes()) {
      throw new WireException("field of " + length + " bytes, but " + in.readableBytes() + " left");
    }
    return (int) length;
  }

  private static int readMessageLength(ByteBuf in) {
    long length = readVarint(in);
    if (length < 0 || length > Integer.MAX_VALUE) {
      throw new WireException("message of " + Long.toUnsignedString(length) + " bytes");
    }
    return (int) length;
  }

  private static byte[] readBytes(ByteBuf in) {
    byte[] bytes = new byte[readLength(in)];
    in.readBytes(bytes);
    return bytes;
  }

  private String readMethod(ByteBuf in) {
    int length = readLength(in);
    if (length == lastMethodBytes.readableBytes()
        && ByteBufUtil.equals(in, in.readerIndex(), lastMethodBytes, 0, length)) {
      in.skipBytes(length);
      return lastMethod;
    }
    lastMethod = text(in, length);
    lastMethodBytes = Unpooled.copiedBuffer(lastMethod, StandardCharsets.UTF_8);
    return lastMethod;
  }

  private static String readString(ByteBuf in) {
    return text(in, readLength(in));
  }

  private static String text(ByteBuf in, int length) {
    if (!ByteBufUtil.isText(in, in.readerIndex(), length, StandardCharsets.UTF_8)) {
      throw new WireException("text is not UTF-8");
    }
    return in.readCharSequence(length, StandardCharsets.UTF_8).toString();
  }

  private void readPayload(ByteBuf in, int end) {
    int length = readLength(in);
    if (length > Limits.CHUNK_BYTES || in.readerIndex() + length > end) {
      throw new WireException("chunk of " + length + " bytes, limit " + Limits.CHUNK_BYTES);
    }
    payloadAt = in.readerIndex();
    payloadBytes = length;
    in.skipBytes(length);
  }

  private ByteBuf payload(ByteBuf in) {
    if (payloadBytes == 0) {
      return Unpooled.EMPTY_BUFFER;
    }
    return in.retain();
  }

  private void checkPayload(int length) {
    if (length == Frame.NO_LENGTH && payloadBytes > 0) {
      throw new WireException("payload without length");
    }
  }

  private static void checkEnd(ByteBuf in, int end) {
    if (in.readerIndex() != end) {
      throw new WireException("field reaches beyond its frame");
    }
  }

  private static WireException unknownField(String what, int tag) {
    return new WireException(
        what + " has unknown field " + (tag >>> 3) + " of wire type " + (tag & 7));
  }

  /// Collects name, value, name, value...
  private static final class Metadata {
    private @Nullable List<byte[]> parts;

    void add(byte[] part) {
      List<byte[]> list = parts;
      if (list == null) {
        list = new ArrayList<>(8);
        parts = list;
      }
      if (list.size() == METADATA_PARTS_MAX) {
        throw new WireException("metadata of more than " + METADATA_PARTS_MAX / 2 + " pairs");
      }
      list.add(part);
    }

    byte[][] parts() {
      if (parts == null) {
        return NO_METADATA;
      }
      if (parts.size() % 2 != 0) {
        throw new WireException("metadata has a name without value");
      }
      return parts.toArray(NO_METADATA);
    }
  }
}

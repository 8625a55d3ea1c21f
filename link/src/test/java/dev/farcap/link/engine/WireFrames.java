package dev.farcap.link.engine;

import com.google.protobuf.ByteString;
import dev.farcap.link.wire.Call;
import dev.farcap.link.wire.Cancel;
import dev.farcap.link.wire.Close;
import dev.farcap.link.wire.Closed;
import dev.farcap.link.wire.Credit;
import dev.farcap.link.wire.GoAway;
import dev.farcap.link.wire.HalfClose;
import dev.farcap.link.wire.Headers;
import dev.farcap.link.wire.Hello;
import dev.farcap.link.wire.Message;
import dev.farcap.link.wire.Open;
import dev.farcap.link.wire.Opened;
import dev.farcap.link.wire.Ping;
import dev.farcap.link.wire.Pong;
import dev.farcap.link.wire.Present;
import dev.farcap.link.wire.Refused;
import dev.farcap.link.wire.Return;
import dev.farcap.link.wire.Signal;
import dev.farcap.link.wire.Upgrade;
import dev.farcap.session.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Frames as the generated classes have them, field by field: the oracle of the hand-written reader
/// and writer, and the equality that frames themselves lack.
final class WireFrames {
  private WireFrames() {}

  static dev.farcap.link.wire.Frame of(long number, Frame frame) {
    dev.farcap.link.wire.Frame.Builder out = dev.farcap.link.wire.Frame.newBuilder();
    out.setNumber(number);
    return switch (frame) {
      case Frame.Hello hello -> out.setHello(hello(hello)).build();
      case Frame.Present present ->
          out.setPresent(
                  Present.newBuilder().setSlot(present.slot()).setToken(bytes(present.token())))
              .build();
      case Frame.Open open -> out.setOpen(open(open)).build();
      case Frame.Opened opened ->
          out.setOpened(
                  Opened.newBuilder().setSession(opened.session()).setExpiresMs(opened.expiresMs()))
              .build();
      case Frame.Refused refused ->
          out.setRefused(
                  Refused.newBuilder()
                      .setSession(refused.session())
                      .setFailure(failure(refused.failure())))
              .build();
      case Frame.Upgrade upgrade ->
          out.setUpgrade(Upgrade.newBuilder().setSession(upgrade.session()).setSlot(upgrade.slot()))
              .build();
      case Frame.Close close ->
          out.setClose(
                  Close.newBuilder()
                      .setSession(close.session())
                      .setReason(Close.Reason.valueOf(close.reason().name())))
              .build();
      case Frame.Closed closed -> out.setClosed(closed(closed)).build();
      case Frame.Call call -> out.setCall(call(call)).build();
      case Frame.Headers headers ->
          out.setHeaders(
                  Headers.newBuilder()
                      .setCall(headers.call())
                      .addAllMetadata(parts(headers.metadata())))
              .build();
      case Frame.Message message -> out.setMessage(message(message)).build();
      case Frame.HalfClose halfClose ->
          out.setHalfClose(HalfClose.newBuilder().setCall(halfClose.call())).build();
      case Frame.Return done -> out.setReturn(done(done)).build();
      case Frame.Cancel cancel -> out.setCancel(Cancel.newBuilder().setCall(cancel.call())).build();
      case Frame.Credit credit ->
          out.setCredit(
                  Credit.newBuilder()
                      .setSession(credit.session())
                      .setCall(credit.call())
                      .setBytes(credit.bytes())
                      .setLongMessages(credit.longMessages()))
              .build();
      case Frame.Signal signal ->
          out.setSignal(Signal.newBuilder().setSession(signal.session()).setCount(signal.count()))
              .build();
      case Frame.Ack ack ->
          out.setAck(dev.farcap.link.wire.Ack.newBuilder().setNumber(ack.number())).build();
      case Frame.Ping ping ->
          out.setPing(
                  Ping.newBuilder()
                      .setNonce(ping.nonce())
                      .setBundleNumber(ping.bundleNumber())
                      .setListNumber(ping.listNumber()))
              .build();
      case Frame.Pong pong -> out.setPong(Pong.newBuilder().setNonce(pong.nonce())).build();
      case Frame.GoAway goAway ->
          out.setGoAway(GoAway.newBuilder().setReason(goAway.reason())).build();
    };
  }

  private static Hello.Builder hello(Frame.Hello hello) {
    Limits limits = hello.limits();
    return Hello.newBuilder()
        .setProtocolMin(hello.protocolMin())
        .setProtocolMax(hello.protocolMax())
        .setEpoch(bytes(hello.epoch().bytes()))
        .setLink(bytes(hello.link().bytes()))
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
        .setListNumber(hello.listNumber());
  }

  private static Open open(Frame.Open open) {
    Open.Builder out =
        Open.newBuilder()
            .setSession(open.session())
            .setService(open.service())
            .addAllLabel(open.label())
            .setSlot(open.slot());
    byte[] object = open.object();
    return object == null ? out.build() : out.setObject(bytes(object)).build();
  }

  private static Closed closed(Frame.Closed closed) {
    Closed.Builder out = Closed.newBuilder().setSession(closed.session());
    Failure failure = closed.failure();
    return failure == null ? out.build() : out.setFailure(failure(failure)).build();
  }

  private static dev.farcap.link.wire.Failure failure(Failure failure) {
    return dev.farcap.link.wire.Failure.newBuilder()
        .setKind(dev.farcap.link.wire.Failure.Kind.valueOf(failure.kind().name()))
        .setOutcomeUnknown(failure.outcome() == Failure.Outcome.UNKNOWN)
        .setMessage(failure.message())
        .build();
  }

  private static Call call(Frame.Call call) {
    Call.Builder out =
        Call.newBuilder()
            .setCall(call.call())
            .setSession(call.session())
            .setMethod(call.method())
            .setTimeoutUs(call.timeoutUs())
            .addAllMetadata(parts(call.metadata()))
            .setHalfClose(call.halfClose())
            .setPayload(bytes(call.payload()));
    return call.length() == Frame.NO_LENGTH ? out.build() : out.setLength(call.length()).build();
  }

  private static Message message(Frame.Message message) {
    Message.Builder out =
        Message.newBuilder().setCall(message.call()).setPayload(bytes(message.payload()));
    return message.length() == Frame.NO_LENGTH
        ? out.build()
        : out.setLength(message.length()).build();
  }

  private static Return done(Frame.Return done) {
    byte @Nullable [][] headers = done.headers();
    Return.Builder out =
        Return.newBuilder()
            .setCall(done.call())
            .setCode(done.code())
            .setDescription(done.description())
            .setHasHeaders(headers != null)
            .addAllHeaders(headers == null ? List.of() : parts(headers))
            .addAllTrailers(parts(done.trailers()))
            .setPayload(bytes(done.payload()));
    return done.length() == Frame.NO_LENGTH ? out.build() : out.setLength(done.length()).build();
  }

  private static List<ByteString> parts(byte[][] metadata) {
    return Arrays.stream(metadata).map(WireFrames::bytes).toList();
  }

  private static ByteString bytes(byte[] array) {
    return ByteString.copyFrom(array);
  }

  private static ByteString bytes(ByteBuf buffer) {
    return ByteString.copyFrom(ByteBufUtil.getBytes(buffer));
  }
}

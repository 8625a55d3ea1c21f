package dev.farcap.link.engine;

import dev.farcap.session.Failure;
import dev.farcap.session.Id128;
import dev.farcap.session.Session.CloseReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// One frame of every kind and every notable form, by name: what `frames.hex` pins.
final class FrameSamples {
  private static final byte[][] NONE = {};
  private static final byte[] OBJECT = new byte[65];

  private FrameSamples() {}

  /// A frame and its number.
  record Sample(long number, Frame frame) {}

  /// A fresh one of [#all()].
  static Sample named(String name) {
    return Objects.requireNonNull(all().get(name), name);
  }

  /// Fresh ones, since payloads are handed over when they are written.
  static Map<String, Sample> all() {
    Map<String, Sample> all = new LinkedHashMap<>();
    byte[][] pairs = metadata("trace", "abc", "key-bin", "\u0000\u0001");
    all.put("hello-fresh", new Sample(0, hello(false, 0)));
    all.put("hello-resume", new Sample(0, hello(true, 300)));
    all.put("present", new Sample(1, new Frame.Present(64, new byte[] {1, 2, 3})));
    all.put(
        "open", new Sample(2, new Frame.Open(1, "acme.Echo", List.of("app", "config"), 64, null)));
    all.put(
        "open-object", new Sample(3, new Frame.Open(3, "acme.Echo", List.of("größe"), 0, OBJECT)));
    all.put("opened", new Sample(4, new Frame.Opened(1, 1_700_000_000_000L)));
    all.put(
        "refused",
        new Sample(
            5,
            new Frame.Refused(1, Failure.notExecuted(Failure.Kind.REFUSED, "not allowed, id 17"))));
    all.put("upgrade", new Sample(6, new Frame.Upgrade(1, 2)));
    all.put("close-unused", new Sample(7, new Frame.Close(1, CloseReason.UNUSED)));
    all.put("close-rerouted", new Sample(8, new Frame.Close(1, CloseReason.REROUTED)));
    all.put("closed-answer", new Sample(9, new Frame.Closed(1, null)));
    all.put(
        "closed-unasked",
        new Sample(10, new Frame.Closed(1, Failure.unknown(Failure.Kind.DISCONNECTED, "gone"))));
    all.put(
        "call-unary",
        new Sample(11, new Frame.Call(1, 1, "Say", 5_000_000, pairs, true, 5, text("hello"))));
    all.put("call-bare", new Sample(12, new Frame.Call(3, 1, "Say", 0, NONE, false, -1, text(""))));
    all.put(
        "call-empty-message",
        new Sample(13, new Frame.Call(5, 1, "Say", 0, NONE, true, 0, text(""))));
    all.put("headers", new Sample(14, new Frame.Headers(1, pairs)));
    all.put("message-first", new Sample(15, new Frame.Message(1, 70_000, text("first chunk"))));
    all.put("message-further", new Sample(16, new Frame.Message(1, -1, text("further chunk"))));
    all.put("half-close", new Sample(17, new Frame.HalfClose(1)));
    all.put(
        "return-unary", new Sample(18, new Frame.Return(1, 0, "", pairs, NONE, 5, text("reply"))));
    all.put(
        "return-trailers-only",
        new Sample(19, new Frame.Return(1, 5, "nicht gefunden: ü", null, pairs, -1, text(""))));
    all.put(
        "return-empty-headers",
        new Sample(20, new Frame.Return(1, 0, "", NONE, NONE, 0, text(""))));
    all.put("cancel", new Sample(21, new Frame.Cancel(1)));
    all.put("credit-session", new Sample(0, new Frame.Credit(1, 0, 8 << 20, 0)));
    all.put("credit-call", new Sample(0, new Frame.Credit(0, 1, 70_000, 3)));
    all.put("signal", new Sample(0, new Frame.Signal(1, 1_000_000)));
    all.put("ack", new Sample(0, new Frame.Ack(300)));
    all.put("ping", new Sample(0, new Frame.Ping(7, 3, 4)));
    all.put("pong", new Sample(0, new Frame.Pong(7)));
    all.put("go-away", new Sample(0, new Frame.GoAway("restart")));
    return all;
  }

  private static Frame.Hello hello(boolean resume, long received) {
    return new Frame.Hello(
        1,
        1,
        new Id128("00112233445566778899aabbccddeeff"),
        new Id128("ffeeddccbbaa99887766554433221100"),
        resume,
        received,
        new Limits(64 << 10, 256 << 10, 8 << 20, 4 << 20, 20_000, 16 << 10),
        2,
        3);
  }

  static byte[][] metadata(String... parts) {
    byte[][] bytes = new byte[parts.length][];
    for (int i = 0; i < parts.length; i++) {
      bytes[i] = parts[i].getBytes(StandardCharsets.ISO_8859_1);
    }
    return bytes;
  }

  static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }
}

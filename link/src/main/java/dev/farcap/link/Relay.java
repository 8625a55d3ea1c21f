package dev.farcap.link;

import static java.util.Objects.requireNonNullElse;

import dev.farcap.session.Failure;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.CompressorRegistry;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.buffer.ByteBuf;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Forwards calls to a channel and back without looking at messages.
///
/// ```
///   program ──▶ ServerCall │ inbound leg ── messages, half-close, cancel, deadline ──▶ outbound leg │ ClientCall ──▶ server
///           ◀──            │             ◀── headers, messages, status and trailers ──              │            ◀──
/// ```
///
/// *Transparency*: all four kinds of calls look alike here. Metadata passes as it is but for what
/// belongs to a leg (content type, timeout, the encodings it offers) and for what the owner's
/// `onRequest` changes. Headers are sent when headers came, so that trailers-only stays what it is;
/// status, description and detail trailers are handed on untouched. Where a leg compresses, so does
/// the next. The remaining deadline goes with the call; the authority is each leg's own.
///
/// *Backpressure*: a leg asks for one message more when the other says it is ready, so at most one
/// message per direction stands between the two, and nothing is sent to a channel that has not
/// found its transport yet. A channel must therefore say `onReady` once it takes messages. One
/// exception: grpc-netty says it only after its headers are on the wire; `connected` tells that the
/// channel has a transport, and then the first message travels with the headers.
///
/// The first message of a direction is asked for in any case. So that a program or a server that
/// takes nothing more cannot make this process hold one for each call, a long one that its leg has
/// not sent yet counts against the session that it came from, which lets as many bytes less begin.
///
/// A long message that comes over HTTP/2 and goes on over a link is announced there before it has
/// come ([LongMessageTaker]), so that it waits at its sender while the link has no room for it.
///
/// *Cancellation*: a cancelled inbound leg cancels the outbound one with the same cause; an
/// outbound end is the inbound end.
///
/// *Threads*: one call's two legs run on one event loop, without locks. A channel whose callbacks
/// come from elsewhere must be given that loop as its executor. Thread-safe in itself: it keeps no
/// state but that of its calls.
///
/// *Failures*: a call is closed exactly once. What fails here, and not at the server, carries the
/// trailers of [Failure#trailers(String)].
public final class Relay implements ServerCallHandler<ByteBuf, ByteBuf> {
  private static final Logger log = LoggerFactory.getLogger(Relay.class);

  static final Metadata.Key<String> ENCODING = key("grpc-encoding");

  /// Facts about one leg that the next leg states for itself.
  private static final Metadata.Key<?>[] OF_ONE_LEG = {
    key("content-type"),
    key("te"),
    key("grpc-timeout"),
    key("grpc-accept-encoding"),
    key("content-length")
  };

  /// Up to this gRPC calls a leg ready, whatever it holds.
  private static final int READY_BYTES = 32 << 10;

  private final Channel channel;
  private final String origin;
  private final Consumer<Metadata> onRequest;
  private final BooleanSupplier connected;

  /// A relay to a channel that is ready as soon as it takes messages.
  ///
  /// @param channel where calls go
  /// @param origin the name under which failures of this relay are reported: `client-proxy`,
  ///   `server-proxy`
  /// @param onRequest changes the request metadata in place before it is forwarded
  public Relay(Channel channel, String origin, Consumer<Metadata> onRequest) {
    this(channel, origin, onRequest, () -> false);
  }

  /// A relay to a channel of grpc-netty.
  ///
  /// @param channel where calls go
  /// @param origin the name under which failures of this relay are reported: `client-proxy`,
  ///   `server-proxy`
  /// @param onRequest changes the request metadata in place before it is forwarded
  /// @param connected whether the channel has a transport now
  public Relay(
      Channel channel, String origin, Consumer<Metadata> onRequest, BooleanSupplier connected) {
    this.channel = channel;
    this.origin = origin;
    this.onRequest = onRequest;
    this.connected = connected;
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  @Override
  public ServerCall.Listener<ByteBuf> startCall(
      ServerCall<ByteBuf, ByteBuf> inbound, Metadata headers) {
    RelayedCall call = new RelayedCall(inbound);
    call.start(headers);
    return call;
  }

  private CallOptions options(Metadata headers) {
    CallOptions options = CallOptions.DEFAULT;
    Deadline deadline = Context.current().getDeadline();
    if (deadline != null) {
      options = options.withDeadline(deadline);
    }
    String encoding = compression(headers);
    return encoding == null ? options : options.withCompression(encoding);
  }

  /// The encoding of a leg's messages if we can do the same, or null; then the key goes, too.
  private static @Nullable String compression(Metadata headers) {
    String encoding = headers.get(ENCODING);
    if (encoding == null) {
      return null;
    }
    boolean compressed =
        !encoding.equals("identity")
            && CompressorRegistry.getDefaultInstance().lookupCompressor(encoding) != null;
    if (!compressed) {
      headers.discardAll(ENCODING);
    }
    return compressed ? encoding : null;
  }

  private static void keepEndToEnd(Metadata metadata) {
    for (Metadata.Key<?> key : OF_ONE_LEG) {
      metadata.discardAll(key);
    }
  }

  /// One call: listens to the inbound leg, and by [Replies] to the outbound one.
  private final class RelayedCall extends ServerCall.Listener<ByteBuf> {
    private final ServerCall<ByteBuf, ByteBuf> inbound;
    private @Nullable ClientCall<ByteBuf, ByteBuf> outbound;

    /// The inbound leg has been closed by us or cancelled by its peer: nothing may be sent on it.
    private boolean inboundOver;

    /// The outbound leg has been closed, cancelled or half-closed: nothing may be sent on it.
    private boolean outboundOver;

    /// Whether a message was asked for and has not come yet.
    private boolean requestAsked;

    private boolean replyAsked;
    private boolean headersSent;

    /// Bytes given to the leg and not sent by it yet, as the other leg counts them.
    private long requestsKept;

    private long repliesKept;

    /// Whether the first message is to travel with the headers, before the channel says ready.
    private boolean early;

    /// That first message, held for as long as the channel might drop it without closing its
    /// stream, as grpc-java does when a call ends before it has got a transport.
    private @Nullable ByteBuf unconfirmed;

    RelayedCall(ServerCall<ByteBuf, ByteBuf> inbound) {
      this.inbound = inbound;
    }

    void start(Metadata headers) {
      try {
        CallOptions options = options(headers);
        keepEndToEnd(headers);
        onRequest.accept(headers);
        outbound = channel.newCall(inbound.getMethodDescriptor(), options);
        join(inbound, outbound);
        join(outbound, inbound);
        outbound.start(new Replies(this), headers);
        askForReply();
        early = connected.getAsBoolean() && !outbound.isReady();
        askForRequest();
      } catch (RuntimeException e) {
        fail(e, Failure.Outcome.NOT_EXECUTED);
      }
    }

    private static void join(Object from, Object to) {
      if (from instanceof LongMessageSource source && to instanceof LongMessageTaker taker) {
        source.leadsTo(taker);
      }
    }

    /// Keeps one request message under way while the outbound leg takes them.
    private void askForRequest() {
      if (!requestAsked && !outboundOver && outbound != null && (early || outbound.isReady())) {
        requestAsked = true;
        inbound.request(1);
      }
    }

    private void askForReply() {
      if (!replyAsked && !inboundOver && outbound != null && (!headersSent || inbound.isReady())) {
        replyAsked = true;
        outbound.request(1);
      }
    }

    @Override
    public void onMessage(ByteBuf message) {
      requestAsked = false;
      if (outboundOver || outbound == null) {
        message.release();
        return;
      }
      if (message instanceof UnreadableMessage unreadable) {
        fail(unreadable.status().asRuntimeException(ownTrailers(Failure.Outcome.UNKNOWN)));
        return;
      }
      try {
        if (early) {
          early = false;
          unconfirmed = message.retain();
        }
        int bytes = message.readableBytes();
        outbound.sendMessage(message);
        if (bytes > READY_BYTES && !outbound.isReady()) {
          requestsKept += bytes;
          keep(inbound, bytes);
        }
        askForRequest();
      } catch (RuntimeException e) {
        releaseUnsent(message);
        fail(e, Failure.Outcome.UNKNOWN);
      }
    }

    @Override
    public void onHalfClose() {
      if (outbound != null && !outboundOver) {
        outboundOver = true;
        outbound.halfClose();
      }
    }

    @Override
    public void onReady() {
      repliesSent();
      askForReply();
    }

    @Override
    public void onComplete() {
      repliesSent();
    }

    @Override
    public void onCancel() {
      inboundOver = true;
      repliesSent();
      Throwable cause = Context.current().cancellationCause();
      cancelOutbound("cancelled by the caller", cause);
    }

    void replyHeaders(Metadata headers) {
      if (inboundOver) {
        return;
      }
      String encoding = compression(headers);
      if (encoding != null) {
        inbound.setCompression(encoding);
      }
      keepEndToEnd(headers);
      headersSent = true;
      inbound.sendHeaders(headers);
    }

    void reply(ByteBuf message) {
      replyAsked = false;
      if (inboundOver) {
        message.release();
        return;
      }
      if (message instanceof UnreadableMessage unreadable) {
        fail(unreadable.status().asRuntimeException(ownTrailers(Failure.Outcome.UNKNOWN)));
        return;
      }
      try {
        int bytes = message.readableBytes();
        inbound.sendMessage(message);
        if (bytes > READY_BYTES && !inbound.isReady()) {
          repliesKept += bytes;
          keep(outbound, bytes);
        }
        askForReply();
      } catch (RuntimeException e) {
        releaseUnsent(message);
        fail(e, Failure.Outcome.UNKNOWN);
      }
    }

    void ready() {
      early = false;
      if (unconfirmed != null) {
        unconfirmed.release();
        unconfirmed = null;
      }
      requestsSent();
      askForRequest();
    }

    void end(Status status, Metadata trailers) {
      outboundOver = true;
      if (unconfirmed != null) {
        unconfirmed.release(unconfirmed.refCnt());
        unconfirmed = null;
      }
      requestsSent();
      if (!inboundOver) {
        inboundOver = true;
        keepEndToEnd(trailers);
        trailers.discardAll(ENCODING);
        inbound.close(status, trailers);
      }
    }

    private void fail(RuntimeException cause, Failure.Outcome outcome) {
      if (cause instanceof StatusRuntimeException refused) {
        fail(refused);
      } else {
        log.warn("{}: relay failed", inbound.getMethodDescriptor().getFullMethodName(), cause);
        fail(
            Status.INTERNAL
                .withDescription("relay failed")
                .asRuntimeException(ownTrailers(outcome)));
      }
    }

    private void fail(StatusRuntimeException cause) {
      cancelOutbound("relay failed", cause);
      end(cause.getStatus(), requireNonNullElse(cause.getTrailers(), new Metadata()));
    }

    private Metadata ownTrailers(Failure.Outcome outcome) {
      return new Failure(Failure.Kind.FAILED, outcome, "").trailers(origin);
    }

    private void cancelOutbound(String why, @Nullable Throwable cause) {
      outboundOver = true;
      if (outbound != null) {
        outbound.cancel(why, cause);
      }
    }

    private void requestsSent() {
      if (requestsKept > 0) {
        keep(inbound, -requestsKept);
        requestsKept = 0;
      }
    }

    private void repliesSent() {
      if (repliesKept > 0) {
        keep(outbound, -repliesKept);
        repliesKept = 0;
      }
    }

    /// Only a link's leg counts; gRPC's own bounds are its windows.
    private static void keep(@Nullable Object leg, long bytes) {
      if (leg instanceof Kept counting) {
        counting.keep(bytes);
      }
    }

    private static void releaseUnsent(ByteBuf message) {
      if (message.refCnt() > 0) {
        message.release();
      }
    }
  }

  /// The outbound leg's events, told to the call.
  private static final class Replies extends ClientCall.Listener<ByteBuf> {
    private final RelayedCall call;

    Replies(RelayedCall call) {
      this.call = call;
    }

    @Override
    public void onHeaders(Metadata headers) {
      call.replyHeaders(headers);
    }

    @Override
    public void onMessage(ByteBuf message) {
      call.reply(message);
    }

    @Override
    public void onReady() {
      call.ready();
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      call.end(status, trailers);
    }
  }
}

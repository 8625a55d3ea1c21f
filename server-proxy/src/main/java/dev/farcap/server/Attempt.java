package dev.farcap.server;

import dev.farcap.door.Arrivals;
import dev.farcap.link.LongMessageSource;
import dev.farcap.link.LongMessageTaker;
import io.grpc.Attributes;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import org.jspecify.annotations.Nullable;

/// How far a call has come on its way to a server: tells the server's own status from one that was
/// made up on the way, and whether the server may have seen the call. Ties the call to the stream
/// of its answers.
final class Attempt extends ClientStreamTracer.Factory implements LongMessageSource {
  private final Arrivals arrivals;
  private @Nullable LongMessageTaker taker;
  private boolean connected;
  private boolean sent;
  private boolean answered;

  Attempt(Arrivals arrivals) {
    this.arrivals = arrivals;
  }

  @Override
  public void leadsTo(LongMessageTaker newTaker) {
    taker = newTaker;
  }

  @Override
  public ClientStreamTracer newClientStreamTracer(
      ClientStreamTracer.StreamInfo info, Metadata headers) {
    return new Progress();
  }

  /// Whether it has a connection.
  boolean isConnected() {
    return connected;
  }

  /// Whether the server may have seen it.
  boolean isSent() {
    return sent;
  }

  /// Whether its status came from the server.
  boolean isAnswered() {
    return answered;
  }

  private final class Progress extends ClientStreamTracer {
    @Override
    public void streamCreated(Attributes transport, Metadata headers) {
      connected = true;
    }

    @Override
    public void outboundHeaders() {
      sent = true;
    }

    /// gRPC has just taken the message's prefix from its stream, and nothing of the message yet.
    @Override
    public void inboundMessage(int number) {
      if (taker != null) {
        arrivals.current().leadsTo(taker);
      }
    }

    @Override
    public void inboundTrailers(Metadata trailers) {
      answered = true;
    }
  }
}

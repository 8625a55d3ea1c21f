package dev.farcap.server;

import io.grpc.Attributes;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;

/// How far a call has come on its way to a server: tells the server's own status from one that was
/// made up on the way, and whether the server may have seen the call.
final class Attempt extends ClientStreamTracer.Factory {
  private boolean connected;
  private boolean sent;
  private boolean answered;

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

    @Override
    public void inboundTrailers(Metadata trailers) {
      answered = true;
    }
  }
}

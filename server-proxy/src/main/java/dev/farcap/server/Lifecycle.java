package dev.farcap.server;

import dev.farcap.session.v1.ClosedReply;
import dev.farcap.session.v1.ClosedRequest;
import dev.farcap.session.v1.LifecycleGrpc;
import dev.farcap.session.v1.OpenedReply;
import dev.farcap.session.v1.OpenedRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells a server of the sessions opened at it, if it wants to know.
///
/// A server that answers UNIMPLEMENTED is not asked again. A note that does not arrive is dropped:
/// the server then frees its state when it sees fit. On the loop only.
final class Lifecycle {
  private static final Logger log = LoggerFactory.getLogger(Lifecycle.class);

  private final Channel channel;
  private final Duration patience;
  private boolean unwanted;

  Lifecycle(Channel channel, Duration patience) {
    this.channel = channel;
    this.patience = patience;
  }

  void opened(String service, SessionMetadata metadata) {
    MethodDescriptor<OpenedRequest, OpenedReply> method = LifecycleGrpc.getOpenedMethod();
    tell(method, OpenedRequest.newBuilder().setService(service).build(), metadata);
  }

  void closed(String service, String reason, SessionMetadata metadata) {
    MethodDescriptor<ClosedRequest, ClosedReply> method = LifecycleGrpc.getClosedMethod();
    ClosedRequest note = ClosedRequest.newBuilder().setService(service).setReason(reason).build();
    tell(method, note, metadata);
  }

  private <Q, R> void tell(MethodDescriptor<Q, R> method, Q note, SessionMetadata metadata) {
    if (unwanted) {
      return;
    }
    Metadata headers = new Metadata();
    metadata.accept(headers);
    ClientCall<Q, R> call =
        channel.newCall(
            method,
            CallOptions.DEFAULT.withDeadlineAfter(patience.toNanos(), TimeUnit.NANOSECONDS));
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            unwanted |= status.getCode() == Status.Code.UNIMPLEMENTED;
            if (!status.isOk()) {
              log.debug("{}: {}", method.getBareMethodName(), status);
            }
          }
        },
        headers);
    call.request(1);
    call.sendMessage(note);
    call.halfClose();
  }
}

package dev.farcap.client;

import static dev.farcap.client.FrontDoor.ORIGIN;

import dev.farcap.door.Caller;
import dev.farcap.session.Failure;
import dev.farcap.session.Session;
import dev.farcap.session.v1.OpenReply;
import dev.farcap.session.v1.OpenRequest;
import dev.farcap.session.v1.SessionsGrpc;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/// `farcap.session.v1.Sessions`: a session lives as long as the stream that opened it.
final class OpenedSessions extends SessionsGrpc.SessionsImplBase {
  private final SessionTable sessions;

  OpenedSessions(SessionTable sessions) {
    this.sessions = sessions;
  }

  @Override
  public void open(OpenRequest request, StreamObserver<OpenReply> replies) {
    ServerCallStreamObserver<OpenReply> stream = (ServerCallStreamObserver<OpenReply>) replies;
    try {
      String handle =
          sessions.openHandle(Caller.CONTEXT.get(), request.getService(), request.getLabel());
      stream.setOnCancelHandler(() -> sessions.closeHandle(handle));
      stream.onNext(OpenReply.newBuilder().setHandle(handle).build());
      Session session = sessions.session(handle);
      if (session != null) {
        session.onClosed(reason -> end(stream, reason));
      } else {
        end(stream, Failure.notExecuted(Failure.Kind.DISCONNECTED, "session has ended"));
      }
    } catch (StatusRuntimeException refused) {
      stream.onError(refused);
    }
  }

  private static void end(ServerCallStreamObserver<OpenReply> stream, Failure reason) {
    if (!stream.isCancelled()) {
      stream.onError(reason.exception(ORIGIN));
    }
  }
}

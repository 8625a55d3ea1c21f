package dev.farcap.benchmark;

import com.google.protobuf.BytesValue;
import dev.farcap.session.Label;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCalls;
import java.util.List;

/// Memory that both proxies hold for a session on which nothing happens: many are opened on one
/// link, by one call each. Heap after a collection and direct buffers.
record IdleSessions() implements Measurement {
  @Override
  public String name() {
    return "idle-session-bytes";
  }

  @Override
  public Outcome run(Rounds rounds) {
    try (FarcapPair pair = FarcapPair.start(rounds.lab());
        ProxyJvm client = ProxyJvm.of(pair.client());
        ProxyJvm server = ProxyJvm.of(pair.server())) {
      ManagedChannel front = GrpcLibrary.plaintext(pair.front());
      try {
        open(front, 0, rounds.pace().sessions() / 10);
        long before = client.heldBytes() + server.heldBytes();
        open(front, rounds.pace().sessions() / 10, rounds.pace().sessions());
        long after = client.heldBytes() + server.heldBytes();
        double opened = rounds.pace().sessions() * 0.9;
        return Outcome.alone(name(), "B", List.of((after - before) / opened));
      } finally {
        front.shutdownNow();
      }
    }
  }

  private static void open(ManagedChannel front, int from, int to) {
    for (int session = from; session < to; session++) {
      var _ =
          ClientCalls.blockingUnaryCall(
              Asking.label(front, Label.of("session-" + session)),
              Echo.METHOD,
              CallOptions.DEFAULT,
              BytesValue.getDefaultInstance());
    }
  }
}

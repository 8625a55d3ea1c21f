package dev.farcap.link.engine;

import dev.farcap.session.Failure;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Serves simulated calls and counts each execution by the nonce in its metadata.
final class SimHost implements CallListener.Host {
  static final List<String> METHODS =
      List.of("echo", "echo", "echo", "stream", "many", "silent", "missing", "broken", "refusing");

  private final Map<Integer, Integer> executions;

  SimHost(Map<Integer, Integer> executions) {
    this.executions = executions;
  }

  @Override
  public CallListener.Callee begin(
      HostedCall call, String method, byte[][] metadata, @Nullable Long deadlineNanos) {
    int nonce = Integer.parseInt(new String(metadata[1], StandardCharsets.US_ASCII));
    executions.merge(nonce, 1, Integer::sum);
    Callee callee = new Callee(call, method, nonce);
    switch (method) {
      case "missing" ->
          call.fail(Failure.notExecuted(Failure.Kind.UNIMPLEMENTED, "no such method"));
      case "broken" -> call.fail(Failure.unknown(Failure.Kind.FAILED, "broken"));
      case "refusing" -> call.finish(9, "not now", LinkEngine.NO_METADATA);
      default -> call.request(1);
    }
    return callee;
  }

  @Override
  public void signalled(long count) {}

  @Override
  public void closed(String reason) {}

  private static final class Callee implements CallListener.Callee {
    private final HostedCall call;
    private final String method;
    private final int nonce;
    private boolean headersSent;

    Callee(HostedCall call, String method, int nonce) {
      this.call = call;
      this.method = method;
      this.nonce = nonce;
    }

    @Override
    public void message(ByteBuf message) {
      ExactlyOnceSimulationTest.assertPattern(message.duplicate(), nonce);
      if (method.equals("silent")) {
        message.release();
        return;
      }
      if (!headersSent) {
        headersSent = true;
        call.headers(LinkEngine.NO_METADATA);
      }
      call.message(message);
      call.request(1);
    }

    @Override
    public void ready() {}

    @Override
    public void halfClosed() {
      if (method.equals("silent")) {
        return;
      }
      if (method.equals("many")) {
        for (int i = 0; i < 4; i++) {
          call.message(ExactlyOnceSimulationTest.pattern(30_000 * i, nonce));
        }
      }
      call.finish(0, "", LinkEngine.NO_METADATA);
    }

    @Override
    public void cancelled(boolean deadline, String reason) {}

    @Override
    public void completed() {}
  }
}

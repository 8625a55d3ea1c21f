package dev.farcap.link.engine;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A host that writes down what it learns. Its calls wait for the test to answer them.
final class RecordingHost implements CallListener.Host {
  final List<Served> calls = new ArrayList<>();
  final List<Long> signals = new ArrayList<>();
  final List<String> closed = new ArrayList<>();

  @Override
  public Served begin(
      HostedCall call, String method, byte[][] metadata, @Nullable Long deadlineNanos) {
    Served served = new Served(call, deadlineNanos);
    calls.add(served);
    return served;
  }

  @Override
  public void signalled(long count) {
    signals.add(count);
  }

  @Override
  public void closed(String reason) {
    closed.add(reason);
  }

  /// One call.
  static final class Served implements CallListener.Callee {
    final HostedCall call;
    final @Nullable Long deadlineNanos;
    final List<Integer> messages = new ArrayList<>();
    int readies;
    boolean halfClosed;
    boolean completed;
    @Nullable String cancelled;

    Served(HostedCall call, @Nullable Long deadlineNanos) {
      this.call = call;
      this.deadlineNanos = deadlineNanos;
    }

    void ends() {
      call.finish(0, "", LinkEngine.NO_METADATA);
    }

    @Override
    public void message(ByteBuf message) {
      messages.add(message.readableBytes());
      message.release();
    }

    @Override
    public void ready() {
      readies++;
    }

    @Override
    public void halfClosed() {
      halfClosed = true;
    }

    @Override
    public void cancelled(boolean deadline, String reason) {
      cancelled = (deadline ? "deadline: " : "") + reason;
    }

    @Override
    public void completed() {
      completed = true;
    }
  }
}

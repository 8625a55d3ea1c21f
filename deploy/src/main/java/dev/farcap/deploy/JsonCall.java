package dev.farcap.deploy;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// One call: requests from JSON, replies to JSON, both at the pace of whoever is slower.
final class JsonCall {
  private final CallMethod callee;
  private final CallTypes types;
  private final Metadata headers;
  private final @Nullable Duration deadline;

  JsonCall(CallMethod callee, CallTypes types, Metadata headers, @Nullable Duration deadline) {
    this.callee = callee;
    this.types = types;
    this.headers = headers;
    this.deadline = deadline;
  }

  /// @param request as on the command line
  /// @throws CommandException if it fails, with all that is known of why
  void run(Channel channel, @Nullable String request, PrintWriter out)
      throws IOException, InterruptedException {
    CallOptions options =
        deadline == null
            ? CallOptions.DEFAULT
            : CallOptions.DEFAULT.withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS);
    try (JsonRequests requests = JsonRequests.open(request, callee, registry())) {
      requests.checkOnlyOne();
      Conversation call = new Conversation(channel.newCall(callee.grpc(), options));
      call.start(headers, requests);
      for (DynamicMessage reply = call.next(); reply != null; reply = call.next()) {
        print(reply, out);
      }
    } catch (StatusRuntimeException e) {
      throw new CallFailure(types).of(e);
    }
  }

  private TypeRegistry registry() {
    TypeRegistry.Builder registry = TypeRegistry.newBuilder();
    for (FileDescriptor file : types.known()) {
      registry.add(file.getMessageTypes());
    }
    return registry.build();
  }

  private void print(DynamicMessage reply, PrintWriter out) {
    JsonFormat.Printer printer = JsonFormat.printer().usingTypeRegistry(registry());
    try {
      out.println(
          callee.descriptor().isServerStreaming()
              ? printer.omittingInsignificantWhitespace().print(reply)
              : printer.print(reply));
    } catch (InvalidProtocolBufferException e) {
      throw new CommandException(
          ExitCode.FAILED, "the reply cannot be shown as JSON: " + e.getMessage());
    }
  }

  /// A call whose requests are sent by a thread of their own, and whose replies are taken by the
  /// caller's.
  private static final class Conversation extends ClientCall.Listener<DynamicMessage> {
    private final ClientCall<DynamicMessage, DynamicMessage> call;
    private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
    private final Semaphore ready = new Semaphore(0);
    private final AtomicReference<RuntimeException> mistake = new AtomicReference<>();

    Conversation(ClientCall<DynamicMessage, DynamicMessage> call) {
      this.call = call;
    }

    private record End(Status status, Metadata trailers) {}

    void start(Metadata headers, JsonRequests requests) {
      call.start(this, headers);
      call.request(1);
      Thread.ofVirtual().start(() -> send(requests));
    }

    /// A last request is not waited for: gRPC sends the only one together with the end.
    private void send(JsonRequests requests) {
      try {
        DynamicMessage next = requests.next();
        while (next != null) {
          call.sendMessage(next);
          next = requests.next();
          if (next != null) {
            awaitReady();
          }
        }
        call.halfClose();
      } catch (CommandException | UncheckedIOException e) {
        mistake.set(e);
        call.cancel("bad request", e);
      } catch (InterruptedException | IllegalStateException _) {
        call.cancel("call is over", null);
      }
    }

    private void awaitReady() throws InterruptedException {
      while (!call.isReady()) {
        ready.acquire();
      }
    }

    /// The next reply, null after the last.
    @Nullable DynamicMessage next() throws InterruptedException {
      return switch (events.take()) {
        case DynamicMessage reply -> {
          call.request(1);
          yield reply;
        }
        case End(Status status, Metadata trailers) -> {
          RuntimeException own = mistake.get();
          if (own != null) {
            throw own;
          }
          if (!status.isOk()) {
            throw status.asRuntimeException(trailers);
          }
          yield null;
        }
        default -> throw new IllegalStateException("no such event");
      };
    }

    @Override
    public void onReady() {
      ready.release();
    }

    @Override
    public void onMessage(DynamicMessage reply) {
      events.add(reply);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      ready.release(Short.MAX_VALUE);
      events.add(new End(status, trailers));
    }
  }
}

package dev.farcap.link;

import dev.farcap.session.Label;
import dev.farcap.session.Session;
import dev.farcap.session.Session.CloseReason;
import dev.farcap.session.SessionRequest;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Uses a link in every way it can be used, again and again: calls of all four kinds, some of them
/// cancelled, sessions opened, upgraded, refused and closed, signals. Remembers how each call
/// ended.
final class RestlessUser implements Runnable {
  /// One call and its end.
  record Ended(String nonce, String method, Status status, @Nullable String outcome) {}

  private final String name;
  private final Supplier<@Nullable Link> links;
  private final AtomicBoolean over;
  private final Random random;
  private final List<Ended> ended = new ArrayList<>();
  private @Nullable Link link;
  private @Nullable Session session;
  private int calls;

  /// @param links the link to use at the moment, null while there is none
  RestlessUser(String name, long seed, Supplier<@Nullable Link> links, AtomicBoolean over) {
    this.name = name;
    this.links = links;
    this.over = over;
    random = new Random(seed);
  }

  /// How its calls ended, once it has run.
  List<Ended> ended() {
    return ended;
  }

  @Override
  public void run() {
    try {
      while (!over.get()) {
        Session present = session();
        if (present == null) {
          LockSupport.parkNanos(1_000_000);
        } else {
          disturb(present);
          List<Running> running = List.of(begin(present), begin(present), begin(present));
          for (Running one : running) {
            finish(one);
          }
        }
      }
    } catch (Exception e) {
      throw new IllegalStateException(name + " after " + ended.size() + " calls", e);
    }
  }

  private @Nullable Session session() {
    Link present = links.get();
    Session former = session;
    boolean usable =
        former != null
            && present == link
            && former.state() != Session.State.CLOSED
            && former.state() != Session.State.CLOSING;
    if (!usable || random.nextInt(8) == 0) {
      link = present;
      String label = random.nextInt(10) == 0 ? "refused" : "app";
      session =
          present == null
              ? null
              : present.open(SessionRequest.of(EchoService.NAME, Label.of(label)), token(), false);
      if (former != null) {
        former.close(random.nextBoolean() ? CloseReason.UNUSED : CloseReason.REROUTED);
      }
    }
    return session;
  }

  private byte[] token() {
    return new byte[] {(byte) random.nextInt(120)};
  }

  private void disturb(Session present) {
    Link own = link;
    switch (random.nextInt(3)) {
      case 0 -> present.submit();
      case 1 -> {
        if (own != null) {
          own.upgrade(present, token());
        }
      }
      default -> {}
    }
  }

  // ---- calls ----------------------------------------------------------------------------------

  /// @param wanted replies of a call that succeeds
  private record Running(String nonce, String method, Recorded call, int wanted) {}

  private Running begin(Session present) {
    String nonce = name + "-" + calls++;
    Metadata headers = new Metadata();
    headers.put(CountingService.NONCE, nonce);
    MethodDescriptor<byte[], byte[]> method =
        List.of(EchoService.SAY, EchoService.MANY, EchoService.SUM, EchoService.CHAT)
            .get(random.nextInt(4));
    Recorded call = Recorded.start(present.channel(), method, CallOptions.DEFAULT, headers);
    int wanted = send(method, call);
    if (random.nextInt(6) == 0) {
      call.call.cancel("restless", null);
    }
    return new Running(nonce, String.valueOf(method.getBareMethodName()), call, wanted);
  }

  /// Sends all requests.
  ///
  /// @return how many replies are to come
  private int send(MethodDescriptor<byte[], byte[]> method, Recorded call) {
    int length = random.nextInt(6) == 0 ? 100_000 : random.nextInt(300);
    if (method == EchoService.SAY) {
      call.say(new byte[length]);
      return 1;
    }
    int messages = 1 + random.nextInt(4);
    if (method == EchoService.MANY) {
      call.say(EchoService.wish(messages, Math.max(4, length)));
      return messages;
    }
    for (int i = 0; i < messages; i++) {
      call.call.sendMessage(new byte[length]);
    }
    call.call.halfClose();
    return method == EchoService.SUM ? 1 : messages;
  }

  private void finish(Running running) throws Exception {
    Recorded call = running.call();
    Status status = call.status();
    ended.add(new Ended(running.nonce(), running.method(), status, call.outcome()));
    if (status.isOk() && call.messages.size() != running.wanted()) {
      throw new IllegalStateException(
          running.nonce() + ": " + call.messages.size() + " replies of " + running.wanted());
    }
  }
}

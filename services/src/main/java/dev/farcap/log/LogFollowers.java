package dev.farcap.log;

import dev.farcap.log.v1.TailReply;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Those who watch the log as it is written. The log server's writing thread only.
///
/// A follower that does not keep up holds at most [#QUEUE_MAX] lines; then its oldest go, and the
/// next one it gets says how many.
final class LogFollowers {
  /// Lines kept to be shown first: as much as anybody scrolls back.
  static final int RECENT_MAX = 1000;

  /// Lines that wait for one follower: a moment's burst.
  static final int QUEUE_MAX = 1024;

  /// Open calls: some operators, each with some windows.
  static final int FOLLOWERS_MAX = 64;

  private final SinkCounters counters;
  private final Deque<LogLine> recent = new ArrayDeque<>();
  private final Map<ServerCallStreamObserver<TailReply>, Follower> followers = new HashMap<>();

  LogFollowers(SinkCounters counters) {
    this.counters = counters;
  }

  /// Begins with what was written before.
  void remember(List<LogLine> lines) {
    for (LogLine line : lines) {
      if (recent.size() == RECENT_MAX) {
        recent.removeFirst();
      }
      recent.addLast(line);
    }
  }

  /// Shows lines to everybody.
  void show(List<LogLine> lines) {
    remember(lines);
    for (Follower follower : followers.values()) {
      lines.forEach(line -> add(follower, line));
      pump(follower);
    }
  }

  /// Somebody begins to follow.
  ///
  /// @param lines how many of the last ones to show first
  void add(ServerCallStreamObserver<TailReply> call, int lines) {
    if (followers.size() >= FOLLOWERS_MAX) {
      counters.refused.increment();
      call.onError(
          Status.RESOURCE_EXHAUSTED
              .withDescription("too many followers, limit " + FOLLOWERS_MAX)
              .asRuntimeException());
      return;
    }
    Follower follower = new Follower(call);
    followers.put(call, follower);
    int first = Math.max(0, recent.size() - lines);
    new ArrayList<>(recent).subList(first, recent.size()).forEach(line -> add(follower, line));
    pump(follower);
  }

  /// The follower takes more, or is gone.
  void changed(ServerCallStreamObserver<TailReply> call) {
    Follower follower = followers.get(call);
    if (follower != null && call.isCancelled()) {
      followers.remove(call);
    } else if (follower != null) {
      pump(follower);
    }
  }

  /// Ends all calls.
  void end(Status status) {
    followers.keySet().forEach(call -> call.onError(status.asRuntimeException()));
    followers.clear();
  }

  private void add(Follower follower, LogLine line) {
    if (follower.queue.size() == QUEUE_MAX) {
      follower.queue.removeFirst();
      follower.lost++;
      counters.followersLost.increment();
    }
    follower.queue.addLast(line);
  }

  private static void pump(Follower follower) {
    while (follower.call.isReady() && !follower.queue.isEmpty()) {
      follower.call.onNext(follower.queue.removeFirst().toProto(follower.lost));
      follower.lost = 0;
    }
  }

  private static final class Follower {
    final ServerCallStreamObserver<TailReply> call;
    final Deque<LogLine> queue = new ArrayDeque<>();
    long lost;

    Follower(ServerCallStreamObserver<TailReply> call) {
      this.call = call;
    }
  }
}

package dev.farcap.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.grpc.Context;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

final class SessionEndTest {
  private final Queue<Runnable> executor = new ArrayDeque<>();
  private final List<String> done = new ArrayList<>();
  private final SessionEnd end = new SessionEnd(executor::add);

  @Test
  void actionsRunOnceOnTheExecutor() {
    end.then("one", () -> done.add("one"));
    end.then("other", () -> done.add("other"));

    end.tell();
    end.tell();

    assertEquals(List.of(), done);
    executor.forEach(Runnable::run);
    assertEquals(List.of("one", "other"), done.stream().sorted().toList());
  }

  @Test
  void ownerHasOneAction() {
    for (int i = 0; i < 1_000; i++) {
      String action = "action " + i;
      end.then(this, () -> done.add(action));
    }

    end.tell();
    executor.forEach(Runnable::run);

    assertEquals(List.of("action 999"), done);
  }

  @Test
  void afterTheEndAnActionRunsAtOnce() {
    end.tell();

    end.then(this, () -> done.add("late"));

    assertEquals(List.of("late"), done);
  }

  @Test
  void callFindsItInItsContext() throws Exception {
    assertNull(SessionEnd.current());

    SessionEnd found = end.in(Context.current()).call(SessionEnd::current);

    assertSame(end, found);
  }
}

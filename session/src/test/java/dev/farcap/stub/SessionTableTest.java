package dev.farcap.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.farcap.session.Label;
import dev.farcap.session.SessionCaller;
import dev.farcap.session.SessionEnd;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class SessionTableTest {
  private final List<Lamp> closed = new ArrayList<>();
  private final SessionTable<Lamp> table = new SessionTable<>(2, caller -> new Lamp());

  private final class Lamp implements AutoCloseable {
    @Override
    public void close() {
      closed.add(this);
    }
  }

  private static SessionCaller caller(String session, String label) {
    return new SessionCaller(session, Label.parse(label), null, null);
  }

  private Lamp lamp(String session) {
    return table.apply(caller(session, "app"));
  }

  private static void assertFails(Status.Code code, Executable call) {
    assertEquals(code, assertThrows(StatusRuntimeException.class, call).getStatus().getCode());
  }

  @Test
  void sessionHasOneObjectUntilItEnds() {
    Lamp first = lamp("s1");
    assertSame(first, lamp("s1"));
    assertNotSame(first, lamp("s2"));

    table.ended("s1");

    assertEquals(List.of(first), closed);
    assertEquals(1, table.size());
    assertNotSame(first, lamp("s1"));
  }

  @Test
  void hostTellsTheTableByTheContextOfItsCalls() throws Exception {
    SessionEnd end = new SessionEnd(Runnable::run);
    Lamp lamp = end.in(Context.current()).call(() -> lamp("s1"));
    assertSame(lamp, end.in(Context.current()).call(() -> lamp("s1")));

    end.tell();

    assertEquals(List.of(lamp), closed);
    assertEquals(0, table.size());
  }

  @Test
  void callThatComesAfterTheEndLeavesNothing() throws Exception {
    SessionEnd end = new SessionEnd(Runnable::run);
    end.tell();

    Lamp lamp = end.in(Context.current()).call(() -> lamp("s1"));

    assertEquals(List.of(lamp), closed);
    assertEquals(0, table.size());
  }

  @Test
  void callThatIsOverMakesNoObject() {
    Context.CancellableContext call = Context.current().withCancellation();
    call.cancel(null);

    assertFails(Status.Code.CANCELLED, () -> call.call(() -> lamp("s1")));

    assertEquals(0, table.size());
  }

  @Test
  void oneTooManyIsRefusedUntilAnotherEnds() {
    lamp("s1");
    lamp("s2");

    assertFails(Status.Code.RESOURCE_EXHAUSTED, () -> lamp("s3"));
    table.ended("s1");

    lamp("s3");
    assertEquals(2, table.size());
  }

  @Test
  void callsWithoutSessionShareOneForEachLabel() {
    Lamp hall = table.apply(caller("", "hall"));

    assertSame(hall, table.apply(caller("", "hall")));
    assertNotSame(hall, table.apply(caller("", "door")));
  }

  @Test
  void endOfASessionThatMadeNoCallIsNothing() {
    table.ended("s1");

    assertEquals(List.of(), closed);
  }

  @Test
  void closedTableClosesWhatIsLeft() {
    List<Lamp> lamps = List.of(lamp("s1"), lamp("s2"));

    table.close();

    assertEquals(2, closed.size());
    assertEquals(0, table.size());
    assertEquals(List.of(), lamps.stream().filter(lamp -> !closed.contains(lamp)).toList());
  }

  @Test
  void closedTableMakesNoMore() {
    table.close();

    assertFails(Status.Code.UNAVAILABLE, () -> lamp("s1"));

    assertEquals(0, table.size());
  }

  @Test
  void closingASessionThatIsOverHoldsUpNobody() throws Exception {
    ExecutorService another = Executors.newSingleThreadExecutor();
    List<Integer> sizes = new ArrayList<>();
    List<SessionTable<AutoCloseable>> tables = new ArrayList<>();
    tables.add(
        new SessionTable<>(
            2,
            caller ->
                () ->
                    sizes.add(another.submit(tables.getFirst()::size).get(20, TimeUnit.SECONDS))));
    SessionEnd end = new SessionEnd(Runnable::run);
    end.tell();

    end.in(Context.current()).call(() -> tables.getFirst().apply(caller("s1", "app")));

    another.shutdown();
    assertEquals(List.of(0), sizes);
  }
}

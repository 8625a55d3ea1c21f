package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/// What holds for a window between two sides, however its credit is delayed, doubled and mixed up.
class WindowPropertiesTest {
  private static final int COST_MAX = 120;

  /// What one side does next.
  enum Kind {
    SEND,
    ARRIVE,
    CONSUME,
    CREDIT
  }

  /// @param number a cost to send, or which of the grants made so far arrives (again)
  record Step(Kind kind, int number) {}

  @Property
  void nobodyHoldsMoreThanTheWindow(
      @ForAll @LongRange(min = 1, max = 200) long size, @ForAll("steps") List<Step> steps) {
    Wire wire = new Wire(size);

    for (Step step : steps) {
      wire.apply(step);

      assertTrue(wire.onTheWay() + wire.receiver.held() <= size, step::toString);
      assertEquals(wire.arrived.stream().mapToLong(Long::longValue).sum(), wire.receiver.held());
    }
  }

  @Property
  void halfOfTheWindowIsFreeAgainOnceAllIsTakenAndTold(
      @ForAll @LongRange(min = 1, max = 200) long size, @ForAll("steps") List<Step> steps) {
    Wire wire = new Wire(size);
    steps.forEach(wire::apply);

    wire.settle();

    assertEquals(0, wire.receiver.held());
    assertTrue(wire.sender.fits((size + 1) / 2), "nothing could be sent");
  }

  @Property
  void orderAndRepetitionOfCreditDoNotMatter(
      @ForAll @Size(max = 12) List<@LongRange(max = 1_000) Long> grants,
      @ForAll Random order,
      @ForAll @LongRange(max = 1_200) long cost) {
    SendWindow inOrder = new SendWindow(0);
    SendWindow mixedUp = new SendWindow(0);
    List<Long> twice = new ArrayList<>(grants);
    twice.addAll(grants);
    Collections.shuffle(twice, order);

    grants.forEach(inOrder::grant);
    twice.forEach(mixedUp::grant);

    assertEquals(inOrder.fits(cost), mixedUp.fits(cost));
    assertEquals(
        cost <= grants.stream().mapToLong(Long::longValue).max().orElse(0), inOrder.fits(cost));
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Step> step =
        Combinators.combine(Arbitraries.of(Kind.class), Arbitraries.integers().between(0, COST_MAX))
            .as(Step::new);
    return step.list().ofMaxSize(80);
  }

  /// Both ends; what is sent arrives in order, grants arrive anyhow.
  private static final class Wire {
    private final SendWindow sender;
    private final ReceiveWindow receiver;
    private final ArrayDeque<Long> sent = new ArrayDeque<>();
    private final ArrayDeque<Long> arrived = new ArrayDeque<>();
    private final List<Long> grants = new ArrayList<>();

    Wire(long size) {
      sender = new SendWindow(size);
      receiver = new ReceiveWindow(size);
    }

    void apply(Step step) {
      switch (step.kind()) {
        case SEND -> send(step.number());
        case ARRIVE -> arrive();
        case CONSUME -> consume();
        case CREDIT -> {
          if (!grants.isEmpty()) {
            sender.grant(grants.get(step.number() % grants.size()));
          }
        }
      }
    }

    private void send(long cost) {
      if (sender.fits(cost)) {
        sender.take(cost);
        sent.add(cost);
      }
    }

    private void arrive() {
      Long next = sent.poll();
      if (next != null) {
        receiver.receive(next);
        arrived.add(next);
      }
    }

    private void consume() {
      Long next = arrived.poll();
      if (next != null) {
        receiver.consume(next);
        if (receiver.worthGranting()) {
          grants.add(receiver.grant());
        }
      }
    }

    long onTheWay() {
      return sent.stream().mapToLong(Long::longValue).sum();
    }

    /// All arrives, is taken and told.
    void settle() {
      while (!sent.isEmpty()) {
        arrive();
      }
      while (!arrived.isEmpty()) {
        consume();
      }
      grants.forEach(sender::grant);
    }
  }
}

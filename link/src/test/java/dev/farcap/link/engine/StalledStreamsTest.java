package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Streams whose peer takes nothing: they wait, and none fails, however many there are.
final class StalledStreamsTest {
  private static final int STREAMS = 900;

  /// As much as a call's window allows, so that nothing but the connection stalls them.
  private static final int MESSAGES = 2;

  private static final int MESSAGE_BYTES = 64 << 10;

  /// More rounds than the peer needs to take everything.
  private static final int ROUNDS = 10_000;

  private final EngineRig rig = EngineRig.up();

  @AfterEach
  void close() {
    rig.close();
    assertEquals(0, rig.sendRoom.bytes());
  }

  /// A program that has more to say whenever its call is ready.
  private final class Stream {
    private final RecordingCaller caller;
    private int left = MESSAGES;
    private int readies;

    Stream(OwnSession session) {
      caller = rig.begin(session, null);
      caller.call().message(rig.bytes(1));
      rig.settle();
    }

    private void fill() {
      while (left > 0 && caller.call().isReady()) {
        caller.call().message(rig.bytes(MESSAGE_BYTES));
        left--;
      }
    }

    void fillIfTold() {
      if (caller.readies > readies) {
        readies = caller.readies;
        fill();
      }
    }
  }

  /// A session that its peer grants any window: the connection is what stalls.
  private OwnSession opened() {
    OwnSession session = rig.opened();
    rig.receive(new Frame.Credit(session.id, 0, 1L << 30, 0));
    return session;
  }

  private List<Stream> stalled(OwnSession session) {
    List<Stream> streams = IntStream.range(0, STREAMS).mapToObj(_ -> new Stream(session)).toList();
    takeAll();
    streams.forEach(Stream::fill);
    rig.settle();
    return streams;
  }

  /// The peer takes what was sent.
  private void takeAll() {
    rig.takeSent().stream()
        .mapToLong(EngineRig.Sent::number)
        .filter(number -> number > 0)
        .max()
        .ifPresent(number -> rig.receive(new Frame.Ack(number)));
  }

  private static int left(List<Stream> streams) {
    return streams.stream().mapToInt(stream -> stream.left).sum();
  }

  private static List<Stream> over(List<Stream> streams) {
    return streams.stream().filter(stream -> stream.caller.isOver()).toList();
  }

  @Test
  void theyAreAskedForNoMoreBeforeAnyIsRefused() {
    List<Stream> streams = stalled(opened());

    assertEquals(List.of(), over(streams));
    assertTrue(streams.stream().anyMatch(stream -> stream.left == MESSAGES), "some wait");
    assertTrue(
        rig.sendRoom.bytes() <= SendRoom.LEAST_BYTES / 2, () -> rig.sendRoom.bytes() + " bytes");
  }

  @Test
  void theyGoOnWhenThePeerTakesMore() {
    List<Stream> streams = stalled(opened());

    for (int round = 0; round < ROUNDS && left(streams) > 0; round++) {
      takeAll();
      streams.forEach(Stream::fillIfTold);
      rig.settle();
    }

    assertEquals(List.of(), over(streams));
    assertEquals(0, left(streams));
  }

  @Test
  void theyLeaveTheStreamsOfAnotherSessionAlone() {
    OwnSession other = opened();
    Stream stream = new Stream(other);
    stalled(opened());

    assertTrue(stream.caller.call().isReady());
  }

  @Test
  void whoIsOverIsNotToldAnyMore() {
    List<Stream> streams = stalled(opened());
    List<RecordingCaller> waiting = new ArrayList<>();
    for (Stream stream : streams) {
      if (stream.left == MESSAGES) {
        waiting.add(stream.caller);
      }
    }
    assertFalse(waiting.isEmpty());
    int before = waiting.stream().mapToInt(caller -> caller.readies).sum();

    waiting.forEach(caller -> caller.call().cancel());
    for (int round = 0; round < ROUNDS && rig.sendRoom.bytes() > 0; round++) {
      takeAll();
      rig.settle();
    }

    assertEquals(before, waiting.stream().mapToInt(caller -> caller.readies).sum());
  }
}

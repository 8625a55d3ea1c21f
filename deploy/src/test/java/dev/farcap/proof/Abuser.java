package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// Somebody who does wrong for as long as a test lasts.
final class Abuser {
  private final ConcurrentLinkedQueue<AutoCloseable> connections = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicBoolean going = new AtomicBoolean();

  /// What is done wrong.
  interface Move {
    void play() throws Exception;
  }

  /// Does it again and again beside the test; returns once it has been done. What fails is tried
  /// again: a connection that was cut off is no reason to stop.
  void repeat(Move move) throws Exception {
    AtomicLong rounds = new AtomicLong();
    going.set(true);
    threads.add(
        Thread.ofVirtual()
            .start(
                () -> {
                  while (going.get()) {
                    try {
                      move.play();
                    } catch (Exception _) {
                      // Once more.
                    }
                    rounds.incrementAndGet();
                  }
                }));
    Until.holds("the abuse begins", () -> rounds.get() > 0);
  }

  /// A connection that is closed when the test is over.
  <T extends AutoCloseable> T kept(T connection) {
    connections.add(connection);
    return connection;
  }

  /// Stops all of it.
  void stop() throws Exception {
    going.set(false);
    for (AutoCloseable connection : connections) {
      connection.close();
    }
    for (Thread thread : threads) {
      assertTrue(thread.join(Until.PATIENCE), "an abuser goes on");
    }
    connections.clear();
    threads.clear();
  }
}

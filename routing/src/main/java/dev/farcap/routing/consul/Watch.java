package dev.farcap.routing.consul;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks Consul one question over and over; each time the answer waits until it is another one, or
/// for [#WAIT].
///
/// Consul numbers its answers. A number that goes back means that it lost what it had: the question
/// is asked afresh. After a failure, too, so that the next answer comes at once; a single failure
/// is nobody's business, since a server of Consul that goes away, or loses the lead, breaks off
/// what it was asked. What answers at once though nothing is new (an empty prefix does, and what is
/// no Consul) is left in peace for a moment. One virtual thread asks, and calls both listeners.
final class Watch<T> implements AutoCloseable {
  /// How long Consul may keep an answer back: so old is what it says at most.
  static final Duration WAIT = Duration.ofSeconds(10);

  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
  private static final long RETRY_MIN_MS = 100;
  private static final long RETRY_MAX_MS = 5_000;
  private static final long BREATH_MS = 10;
  private static final long PEACE_MS = 1_000;

  private final Question<T> question;
  private final Consumer<T> answered;
  private final Consumer<ConsulFailure> failed;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final CountDownLatch settled = new CountDownLatch(1);
  private final Thread thread;

  /// Asks Consul.
  interface Question<T> {
    /// Asks once, and waits for the answer.
    ///
    /// @param index of the last answer, or 0 to be answered at once
    Answer<T> ask(long index) throws ConsulFailure;
  }

  /// What Consul said.
  ///
  /// @param index grows with every change; 0 if Consul gave none
  record Answer<T>(T says, long index) {}

  /// Begins to ask.
  Watch(String name, Question<T> question, Consumer<T> answered, Consumer<ConsulFailure> failed) {
    this.question = question;
    this.answered = answered;
    this.failed = failed;
    thread = Thread.ofVirtual().name(name).start(this::run);
  }

  /// Waits until there is an answer, or none to be had.
  void awaitFirst(Duration patience) throws InterruptedException {
    var _ = settled.await(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void run() {
    long index = 0;
    int failures = 0;
    while (!isClosed(0)) {
      long pauseMs;
      long asked = System.nanoTime();
      try {
        Answer<T> answer = question.ask(index);
        if (isClosed(0)) {
          return;
        }
        answered.accept(answer.says());
        settled.countDown();
        failures = 0;
        boolean inVain =
            answer.index() == index && System.nanoTime() - asked < PEACE_MS * 1_000_000;
        pauseMs = inVain ? PEACE_MS : BREATH_MS;
        index = answer.index() < index ? 0 : answer.index();
      } catch (ConsulFailure e) {
        index = 0;
        pauseMs = retryMs(++failures);
        if (failures > 1 && !isClosed(0)) {
          failed.accept(e);
          settled.countDown();
        }
      } catch (RuntimeException e) {
        index = 0;
        pauseMs = RETRY_MAX_MS;
        LOG.error("{}: an answer could not be taken over", thread.getName(), e);
      }
      if (isClosed(pauseMs)) {
        return;
      }
    }
  }

  /// Doubles, and differs from process to process: they all lose their Consul at once.
  private static long retryMs(int failures) {
    long bound = Math.min(RETRY_MAX_MS, RETRY_MIN_MS << Math.min(failures, 10));
    return ThreadLocalRandom.current().nextLong(bound / 2, bound);
  }

  private boolean isClosed(long waitMs) {
    try {
      return closed.await(waitMs, TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      return true;
    }
  }

  /// Asks no more. What is being answered is not delivered any more, unless its delivery has begun.
  @Override
  public void close() {
    closed.countDown();
    // Of a virtual thread: closes the socket it reads from.
    thread.interrupt();
  }
}

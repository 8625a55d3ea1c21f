package dev.farcap.benchmark;

import io.aeron.Aeron;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.FragmentHandler;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.YieldingIdleStrategy;

/// [Floor#BYTES] there and back over Aeron's shared memory: two threads that look, and yield, for
/// as long as they are measured. Says `ready VERSION`, then answers each line, rounds, by `median
/// MICROS`. Ends with its standard input.
final class AeronPingPong {
  private static final String CHANNEL = "aeron:ipc";
  private static final int THERE = 1;
  private static final int BACK = 2;

  /// How long the echo sleeps between looks while nothing is measured.
  private static final long REST_NANOS = 1_000_000;

  private static final IdleStrategy IDLE = new YieldingIdleStrategy();

  private static volatile boolean measuring;

  private AeronPingPong() {}

  public static void main(String[] arguments) throws IOException {
    MediaDriver.Context driver =
        new MediaDriver.Context()
            .aeronDirectoryName(arguments[0])
            .dirDeleteOnStart(true)
            .threadingMode(ThreadingMode.SHARED);
    Aeron.Context client = new Aeron.Context().aeronDirectoryName(arguments[0]);
    try (MediaDriver _ = MediaDriver.launch(driver);
        Aeron aeron = Aeron.connect(client)) {
      Thread echo = new Thread(() -> echo(aeron));
      echo.setDaemon(true);
      echo.start();
      run(aeron);
    }
    System.exit(0);
  }

  private static void echo(Aeron aeron) {
    Subscription there = aeron.addSubscription(CHANNEL, THERE);
    Publication back = aeron.addExclusivePublication(CHANNEL, BACK);
    FragmentHandler answer =
        (buffer, offset, length, _) -> {
          while (back.offer(buffer, offset, length) < 0) {
            Thread.onSpinWait();
          }
        };
    while (!Thread.currentThread().isInterrupted()) {
      if (!measuring) {
        LockSupport.parkNanos(REST_NANOS);
      } else if (there.poll(answer, 1) == 0) {
        IDLE.idle();
      }
    }
  }

  private static void run(Aeron aeron) throws IOException {
    Publication there = aeron.addExclusivePublication(CHANNEL, THERE);
    Subscription back = aeron.addSubscription(CHANNEL, BACK);
    while (!there.isConnected() || !back.isConnected()) {
      Thread.onSpinWait();
    }
    System.out.println("ready Aeron IPC " + Aeron.class.getPackage().getImplementationVersion());
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = questions.readLine()) != null; ) {
      measuring = true;
      double median = medianMicros(there, back, Integer.parseInt(line));
      measuring = false;
      System.out.println("median " + median);
    }
  }

  private static double medianMicros(Publication there, Subscription back, int rounds) {
    UnsafeBuffer message = new UnsafeBuffer(new byte[Floor.BYTES]);
    FragmentHandler ignore = (_, _, _, _) -> {};
    int[] nanos = new int[rounds];
    for (int i = 0; i < rounds; i++) {
      long begun = System.nanoTime();
      while (there.offer(message) < 0) {
        Thread.onSpinWait();
      }
      while (back.poll(ignore, 1) == 0) {
        IDLE.idle();
      }
      nanos[i] = (int) (System.nanoTime() - begun);
    }
    Arrays.sort(nanos);
    return nanos[rounds / 2] / 1e3;
  }
}

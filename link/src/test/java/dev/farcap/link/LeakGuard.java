package dev.farcap.link;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/// Fails a test class in which a buffer was dropped without being released.
public final class LeakGuard implements BeforeAllCallback, AfterAllCallback {
  /// Netty looks for dropped buffers when it allocates new ones.
  private static final int ROUNDS = 8;

  private final ListAppender<ILoggingEvent> reports = new ListAppender<>();
  private ResourceLeakDetector.Level former = ResourceLeakDetector.getLevel();

  @Override
  public void beforeAll(ExtensionContext context) {
    former = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    reports.start();
    logger().addAppender(reports);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    for (int round = 0; round < ROUNDS; round++) {
      System.gc();
      ByteBufAllocator.DEFAULT.buffer(16).release();
      ByteBufAllocator.DEFAULT.compositeBuffer().release();
    }
    logger().detachAppender(reports);
    ResourceLeakDetector.setLevel(former);
    assertEquals(List.of(), reports.list.stream().map(ILoggingEvent::getFormattedMessage).toList());
  }

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
  }
}

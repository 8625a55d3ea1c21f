package dev.farcap.door;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class AuditLogTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger("farcap.audit");
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private long nowNanos;
  private final AuditLog audit = new AuditLog(() -> nowNanos);

  @BeforeEach
  void listen() {
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(lines);
    logger.setAdditive(true);
    logger.setLevel(null);
  }

  private List<String> written() {
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void ofAFloodOfRefusalsAHundredASecondAreWrittenAndTheRestCounted() {
    for (int i = 0; i < 150; i++) {
      audit.refused("app1", "decision=refused number={}", i);
    }
    assertEquals(100, written().size());

    nowNanos += TimeUnit.SECONDS.toNanos(1);
    audit.refused("app1", "decision=refused number={}", 150);

    assertEquals(
        List.of("decision=refused reason=FLOOD count=50", "decision=refused number=150"),
        written().subList(100, 102));
  }

  @Test
  void whoFloodsTakesNobodyElsesLines() {
    for (int i = 0; i < 150; i++) {
      audit.refused("app1", "decision=refused number={}", i);
    }

    audit.refused("app2", "decision=refused of={}", "app2");

    assertEquals("decision=refused of=app2", written().getLast());
  }

  @Test
  void otherLinesAreAllWritten() {
    for (int i = 0; i < 150; i++) {
      audit.write("decision=closed session={}", i);
    }

    assertEquals(150, written().size());
  }

  @Test
  void nobodyForgesALineFromOutside() {
    assertEquals("a\\\" b=\\\"c\\n\\\\", AuditLog.quoted("a\" b=\"c\n\\"));
  }
}

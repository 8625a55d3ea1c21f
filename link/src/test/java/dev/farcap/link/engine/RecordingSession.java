package dev.farcap.link.engine;

import dev.farcap.session.Failure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes down what becomes of a session.
final class RecordingSession implements OwnSession.Listener {
  final List<String> events = new ArrayList<>();
  @Nullable Failure failure;

  @Override
  public void opened() {
    events.add("opened");
  }

  @Override
  public void closing() {
    events.add("closing");
  }

  @Override
  public void closed(Failure why) {
    events.add("closed");
    failure = why;
  }
}

package example.bell;

import dev.farcap.node.Node;
import dev.farcap.session.Label;
import dev.farcap.session.Session;
import dev.farcap.session.SessionStream;
import dev.farcap.session.SignalHandler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Semaphore;

/// A program of host-a that rings and listens, without a client-proxy.
public final class BellClient {
  private BellClient() {}

  /// @param args the configuration file
  public static void main(String[] args) throws Exception {
    try (Node node = Node.client(Path.of(args[0]));
        Session session = node.open(BellSession.SERVICE, Label.of("door"));
        BellSession.Client bell =
            BellSession.client(session.channel(), node.signals(), session.request().label())
                .within(Duration.ofSeconds(30))) {
      use(bell);
    }
  }

  /// Knows nothing of nodes and links: only of the interface.
  private static void use(BellSession bell) throws Exception {
    Semaphore rung = new Semaphore(0);
    try (SignalHandler handler = new SignalHandler(_ -> rung.release())) {
      bell.sigh(handler);
      System.out.println("rung by: " + bell.ring(2).getBy());
      rung.acquire();
      System.out.println("signal: came");
    }
    try (SessionStream<Chime> chimes = bell.watch(2)) {
      int latest = chimes.next().getNumber();
      bell.ring(1);
      System.out.println("watched: " + (chimes.next().getNumber() - latest) + " more");
    }
    try {
      bell.ring(9);
    } catch (BellSession.RingException e) {
      System.out.println("refused: at most " + e.error().getStrokesMax() + " strokes");
    }
  }
}

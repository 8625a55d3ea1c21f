package dev.farcap.transport.nic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.LeakCheck;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Acceptors that share an interface, told apart by port, EtherType or both.
@Tag("netns")
class NicNeighboursTest {
  private static final List<String> TOLD_APART_BY =
      List.of("", "?port=2", "?type=0x88b6", "?port=2&type=0x88b6");
  private static final TlsTestRealm REALM = TlsTestRealm.create();
  private static final TlsCredentials DIALLER = REALM.issue("farcap://test/dialler");

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
  private final LeakCheck leaks = new LeakCheck();
  private final List<Neighbour> neighbours = new ArrayList<>();
  private final NicMedium near = medium(DIALLER, new NicCounters());
  private Segment wire;

  private static NicMedium medium(TlsCredentials credentials, NicCounters frames) {
    return new NicMedium(
        () -> credentials, REALM.policy(), new TransportCounters(), frames, QuicConfig.DEFAULT);
  }

  /// An acceptor with an identity and counters of its own.
  private final class Neighbour implements AutoCloseable {
    final String identity;
    final NicCounters frames = new NicCounters();
    final BlockingQueue<Recorder> accepted = new LinkedBlockingQueue<>();
    private final NicMedium medium;
    private final Acceptor acceptor;

    Neighbour(int number, String address) throws IOException {
      identity = "farcap://test/neighbour-" + number;
      medium = medium(REALM.issue(identity), frames);
      acceptor =
          medium.listen(
              address,
              loops,
              connection -> {
                Recorder end = new Recorder(connection);
                accepted.add(end);
                return end;
              });
    }

    Recorder awaitAccepted() throws InterruptedException {
      Recorder end = accepted.poll(20, TimeUnit.SECONDS);
      assertNotNull(end, identity + " was not reached");
      return end;
    }

    @Override
    public void close() {
      acceptor.close();
      medium.close();
    }
  }

  @BeforeEach
  void moveIn() throws IOException {
    Segment.assumePossible();
    wire = Segment.wire(1_500);
    for (String mark : TOLD_APART_BY) {
      neighbours.add(new Neighbour(neighbours.size(), "nic://" + wire.nic(1) + mark));
    }
  }

  @AfterEach
  void moveOut() {
    try {
      neighbours.forEach(Neighbour::close);
      near.close();
      leaks.end(loops);
    } finally {
      if (wire != null) {
        wire.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void eachIsReachedByItsOwnAddressAndTheOthersSeeNothingOfIt(int number) throws Exception {
    Neighbour meant = neighbours.get(number);
    String address = wire.address(0, 1) + TOLD_APART_BY.get(number);

    Recorder end = Recorder.dial(near, address, loops.next()).join();
    end.send(Recorder.bytes("for " + number));
    Recorder far = meant.awaitAccepted();
    far.awaitFrames(1);

    assertEquals(meant.identity, end.connection().peer().name());
    assertTrue(meant.frames.snapshot().framesIn() > 0);
    for (Neighbour other : neighbours) {
      if (other != meant) {
        assertEquals(0, other.frames.snapshot().framesIn(), other.identity);
      }
    }
    end.close("done");
    assertEquals("the peer closed the connection", far.awaitClosed());
    end.awaitClosed();
  }
}

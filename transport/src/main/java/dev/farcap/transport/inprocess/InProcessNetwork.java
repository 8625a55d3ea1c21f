package dev.farcap.transport.inprocess;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Principal;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The names at which in-process connections meet. Two networks know nothing of each other. May be
/// used by any thread.
///
/// Who is who is told, not proven: both ends are this process.
public final class InProcessNetwork {
  /// What every address begins with.
  public static final String SCHEME = "inprocess://";

  private static final Logger log = LoggerFactory.getLogger(InProcessNetwork.class);

  private final ConcurrentMap<String, Listening> listening = new ConcurrentHashMap<>();

  /// Accepts connections at an address, each on the next loop of the group.
  ///
  /// @param address `inprocess://name`, the name not empty
  /// @param self whom the diallers see
  /// @throws IOException if the address is taken
  /// @throws IllegalArgumentException if the address is of another medium
  public Acceptor listen(
      String address, Principal self, EventLoopGroup loops, Acceptor.AcceptHandler handler)
      throws IOException {
    checkAddress(address);
    Listening acceptor = new Listening(address, self, loops, handler);
    if (listening.putIfAbsent(address, acceptor) != null) {
      throw new IOException(address + ": in use");
    }
    return acceptor;
  }

  /// Connects to the addresses of this network.
  ///
  /// @param self whom the acceptors see
  public Dialer dialer(Principal self) {
    return (address, loop, handler) -> dial(self, address, loop, handler);
  }

  private void dial(Principal self, String address, EventLoop near, Dialer.DialHandler handler) {
    Listening acceptor = listening.get(address);
    if (acceptor == null) {
      near.execute(() -> handler.failed(address + ": refused: nothing listens there"));
      return;
    }
    EventLoop far = acceptor.loops.next();
    if (far.isShuttingDown()) {
      near.execute(() -> handler.failed(address + ": refused: its event loops have ended"));
      return;
    }
    Pipe there = new Pipe(near, far);
    Pipe back = new Pipe(far, near);
    far.execute(
        () -> {
          boolean accepted = open(far, self, there, back, acceptor.handler::accepted);
          near.execute(
              () -> {
                if (!accepted) {
                  handler.failed(address + ": refused by a mistake at the other end");
                } else if (!open(near, acceptor.self, back, there, handler::connected)) {
                  there.end();
                  handler.failed(address + ": given up by a mistake at this end");
                }
              });
        });
  }

  private static boolean open(
      EventLoop loop,
      Principal peer,
      Pipe in,
      Pipe out,
      Function<Connection, ConnectionListener> opener) {
    try {
      InProcessConnection.open(loop, peer, in, out, opener);
      return true;
    } catch (RuntimeException | Error mistake) {
      log.error("no listener for the connection of {}", peer.name(), mistake);
      return false;
    }
  }

  private static void checkAddress(String address) {
    if (!address.startsWith(SCHEME) || address.length() == SCHEME.length()) {
      throw new IllegalArgumentException(
          "address '" + address + "' is not of the form " + SCHEME + "name");
    }
  }

  private final class Listening implements Acceptor {
    private final String address;
    private final Principal self;
    private final EventLoopGroup loops;
    private final AcceptHandler handler;

    Listening(String address, Principal self, EventLoopGroup loops, AcceptHandler handler) {
      this.address = address;
      this.self = self;
      this.loops = loops;
      this.handler = handler;
    }

    @Override
    public String address() {
      return address;
    }

    @Override
    public void close() {
      listening.remove(address, this);
    }
  }
}

package dev.farcap.transport.faulty;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Dialer;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// A line between this side and others, that is as bad as it is told to be.
///
/// ```
/// FaultyLine line = new FaultyLine(seed);
/// Dialer dialer = line.dialer(tls);
/// line.quality(Direction.OUT, LineQuality.PERFECT.latency(Duration.ofMillis(40)));
/// line.partition(Direction.IN); // the others hear us, we do not hear them
/// line.heal(Direction.IN);
/// line.cut();
/// ```
///
/// One side is enough: what goes out and what comes in pass the same line. All connections made
/// over it share its quality, not its bandwidth: that is each connection's own. Delays are a
/// function of the seed, of the order in which connections come to be, and of a frame's place in
/// its direction. Commands may come from any thread; they hold from the connection's loop's next
/// turn on.
///
/// What a command costs is bounded: a direction holds 128 KiB that wait and 4 MiB on their way, and
/// the frame that crosses the bound; then the writer waits.
public final class FaultyLine implements AutoCloseable {
  private static final String CUT = "the line was cut";

  private final long seed;
  private final AtomicLong connectionsMade = new AtomicLong();
  private final Set<FaultyConnection> connections = ConcurrentHashMap.newKeySet();
  private final Set<FaultyDial> dials = ConcurrentHashMap.newKeySet();
  private final Map<Direction, AtomicReference<State>> states =
      Map.of(
          Direction.OUT, new AtomicReference<>(State.GOOD),
          Direction.IN, new AtomicReference<>(State.GOOD));

  private final Map<Direction, LongAdder> lost =
      Map.of(Direction.OUT, new LongAdder(), Direction.IN, new LongAdder());

  private record State(LineQuality quality, boolean stalled, boolean parted) {
    static final State GOOD = new State(LineQuality.PERFECT, false, false);
  }

  /// A perfect line, so far.
  ///
  /// @param seed of all delays
  public FaultyLine(long seed) {
    this.seed = seed;
  }

  // Who is at this side.

  /// Dials over this line. A dial takes a round trip of the line longer than the medium's own.
  public Dialer dialer(Dialer dialer) {
    return (address, loop, handler) ->
        new FaultyDial(this, dialer, address, loop, handler)
            .begin(latencyNanos(Direction.OUT) + latencyNanos(Direction.IN));
  }

  private long latencyNanos(Direction direction) {
    return state(direction).get().quality().latency().toNanos();
  }

  /// Accepts over this line. What comes while a direction is parted is closed without a word:
  /// better part the dialler's side, whose dials then wait as they would.
  public Acceptor.AcceptHandler acceptor(Acceptor.AcceptHandler handler) {
    return behind -> {
      if (isParted()) {
        behind.close(CUT);
        return new Deaf();
      }
      return open(behind, handler::accepted);
    };
  }

  /// Puts a connection over this line.
  ConnectionListener open(Connection behind, Function<Connection, ConnectionListener> opener) {
    return new FaultyConnection(this, seedOf(connectionsMade.getAndIncrement()), behind, opener)
        .listensBehind();
  }

  /// Each connection's numbers are its own. Seeds that lie a step of [SplittableRandom] apart would
  /// give all of them the same ones, shifted; so a number is drawn of each.
  private long seedOf(long connection) {
    return new SplittableRandom(seed + connection * 0x9E3779B97F4A7C15L).nextLong();
  }

  // What is commanded.

  /// From now on a direction is as good as this; frames on their way stay as late as they are.
  public void quality(Direction direction, LineQuality quality) {
    change(direction, state -> new State(quality, state.stalled(), state.parted()));
  }

  /// Nothing moves in a direction. New connections still come to be, as with a process that hangs.
  public void stall(Direction direction) {
    change(direction, state -> new State(state.quality(), true, state.parted()));
  }

  /// Ends [#stall].
  public void resume(Direction direction) {
    change(direction, state -> new State(state.quality(), false, state.parted()));
  }

  /// Nothing moves in a direction, and no connection comes to be, since that takes both directions.
  /// Frames wait, as a reliable medium would send them again.
  public void partition(Direction direction) {
    change(direction, state -> new State(state.quality(), state.stalled(), true));
  }

  /// Ends [#partition].
  public void heal(Direction direction) {
    change(direction, state -> new State(state.quality(), state.stalled(), false));
    dials.forEach(FaultyDial::healed);
  }

  /// Ends all connections at both sides at once; what is under way is lost.
  public void cut() {
    connections.forEach(connection -> connection.onLoop(() -> connection.cut(CUT)));
  }

  /// Ends all connections at this side only. The other side keeps a connection that is half open:
  /// what it sends is lost without a word, and it hears nothing.
  public void cutHere() {
    connections.forEach(connection -> connection.onLoop(() -> connection.lose(CUT)));
  }

  /// Gives back the connections that only the other side still has. The others are their owners'.
  @Override
  public void close() {
    connections.forEach(connection -> connection.onLoop(connection::giveBack));
  }

  private void change(Direction direction, UnaryOperator<State> change) {
    state(direction).updateAndGet(change);
    connections.forEach(connection -> connection.onLoop(connection::changed));
  }

  /// Frames that a direction has swallowed: they were on their way when their connection ended, or
  /// came after its end.
  public long framesLost(Direction direction) {
    return lost(direction).sum();
  }

  // What connections ask.

  Lane.Condition condition(Direction direction) {
    State state = state(direction).get();
    return new Lane.Condition(state.quality(), state.stalled() || state.parted());
  }

  /// Counts frames that were on their way when their connection ended, or came after its end.
  LongAdder lost(Direction direction) {
    return of(direction, lost);
  }

  void remember(FaultyConnection connection) {
    connections.add(connection);
  }

  void forget(FaultyConnection connection) {
    connections.remove(connection);
  }

  void waits(FaultyDial dial) {
    dials.add(dial);
  }

  void waitsNoMore(FaultyDial dial) {
    dials.remove(dial);
  }

  boolean isParted() {
    return state(Direction.OUT).get().parted() || state(Direction.IN).get().parted();
  }

  private AtomicReference<State> state(Direction direction) {
    return of(direction, states);
  }

  private static <T> T of(Direction direction, Map<Direction, T> both) {
    T found = both.get(direction);
    if (found == null) {
      throw new IllegalArgumentException("direction " + direction);
    }
    return found;
  }

  /// Listens to a connection that is closed already.
  private static final class Deaf implements ConnectionListener {
    @Override
    public void frame(ByteBuf frame) {
      frame.release();
    }

    @Override
    public void readComplete() {}

    @Override
    public void writable() {}

    @Override
    public void closed(String reason) {}
  }
}

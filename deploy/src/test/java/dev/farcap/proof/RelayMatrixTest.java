package dev.farcap.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.MetadataKeys;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What a program and a server see of each other through the pair: every kind of call, every way it
/// may go, over every arrangement of the two proxies. 4 x 7 x 5 = 140 cells, and 28 more in
/// [EthernetMatrixTest].
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class RelayMatrixTest {
  private static final byte[] HELLO = "hello".getBytes(UTF_8);
  private static final byte[] NOISE = {0, 1, (byte) 0xff, (byte) 0x80, 10, 13};
  private static final Metadata.Key<String> TEXT = ascii("x-text");
  private static final Metadata.Key<byte[]> BINARY = binary("x-data-bin");
  private static final Metadata.Key<byte[]> DETAILS = binary("grpc-status-details-bin");
  private static final Metadata.Key<String> FORGED = ascii("farcap-forged");
  private static final Duration DEADLINE = Duration.ofSeconds(1);

  /// Offered to a reader that does not read: 16 MiB.
  private static final int OFFERED = 512;

  private static final int BLOCK_BYTES = 32 << 10;

  /// Of those, what all legs together may hold: the windows of three legs (64 KiB each, the doors'
  /// own somewhat larger) and what sockets keep.
  private static final int AHEAD_MAX = 64;

  private static final Duration STILL = Duration.ofMillis(300);

  /// How the proxies are arranged.
  enum Over {
    INPROCESS,
    TLS,
    QUIC,
    NIC,
    SHM,
    PROCESSES
  }

  /// What happens to the call.
  enum Fate {
    OK,
    ERROR,
    DEADLINE,
    CLIENT_CANCEL,
    SERVER_CANCEL,
    SLOW_READER,
    PEER_CUT
  }

  private record Rig(Backend backend, Pair pair, Program program) {}

  @TempDir private static Path folder;
  private final Map<Over, Rig> rigs = new EnumMap<>(Over.class);
  private final BlockingQueue<Served> served = new LinkedBlockingQueue<>();

  /// Those that need no rights.
  Set<Over> arrangements() {
    return EnumSet.complementOf(EnumSet.of(Over.NIC));
  }

  Stream<Arguments> cells() {
    return arrangements().stream()
        .flatMap(
            over ->
                Stream.of(Fate.values())
                    .flatMap(
                        fate ->
                            Stream.of(MethodType.values())
                                .filter(type -> type != MethodType.UNKNOWN)
                                .map(type -> Arguments.of(over, fate, type))));
  }

  @ParameterizedTest(name = "{2} {1} over {0}")
  @MethodSource("cells")
  void aCallPasses(Over over, Fate fate, MethodType type) throws Exception {
    Rig rig = rig(over);
    switch (fate) {
      case OK -> messagesAndMetadataPassUnchanged(rig, type);
      case ERROR -> aFailureKeepsStatusDescriptionAndTrailers(rig, type);
      case DEADLINE -> theDeadlineEndsBothSides(rig, type);
      case CLIENT_CANCEL -> theServerLearnsThatTheProgramCancelled(rig, type);
      case SERVER_CANCEL -> theProgramLearnsThatTheServerCancelled(rig, type);
      case SLOW_READER -> whoDoesNotReadSlowsTheSenderAndNobodyElse(rig, type);
      case PEER_CUT -> aCutIsNotNoticedAndALossIsTold(rig, type);
    }
    assertTrue(served.isEmpty(), "the server executed a call too many");
  }

  private Rig rig(Over over) throws Exception {
    Rig present = rigs.get(over);
    if (present != null) {
      return present;
    }
    Path own = Files.createDirectory(folder.resolve(over.name()));
    Backend backend = Backend.at(own.resolve("backend.sock"));
    Pair pair =
        switch (over) {
          case INPROCESS -> LibraryPair.inProcess(own, backend.socket());
          case TLS -> LibraryPair.tls(own, backend.socket());
          case QUIC -> LibraryPair.quic(own, backend.socket());
          case NIC -> LibraryPair.ethernet(own, backend.socket());
          case SHM -> LibraryPair.sharedMemory(own, backend.socket());
          case PROCESSES -> ProcessPair.withBackend(own, backend.socket()).cuttable().start();
        };
    Rig rig = new Rig(backend, pair, Program.at(pair.socket()));
    rigs.put(over, rig);
    assertEchoes(rig);
    return rig;
  }

  @AfterAll
  void close() throws Exception {
    for (Rig rig : rigs.values()) {
      rig.program().close();
      rig.pair().close();
      rig.backend().close();
    }
  }

  // ---- the seven fates

  private void messagesAndMetadataPassUnchanged(Rig rig, MethodType type) throws Exception {
    rig.backend()
        .serve(
            (call, headers) ->
                new Answer(call, headers) {
                  @Override
                  void answer() {
                    call.sendHeaders(markedAndForged());
                    for (int i = 0; i < replies(type); i++) {
                      call.sendMessage(new byte[] {(byte) requests.size(), (byte) i});
                    }
                    call.close(Status.OK, markedAndForged());
                  }
                });
    Metadata request = markedAndForged();
    request.put(MetadataKeys.LABEL, "door -> one");
    request.put(MetadataKeys.PEER, "farcap://lab/somebody-else");

    Exchange exchange = start(rig, type, CallOptions.DEFAULT, request);
    exchange.send(HELLO, requests(type)).halfClose();

    assertTrue(exchange.status().isOk(), exchange.status()::toString);
    assertMarked(exchange.headers.get());
    assertMarked(exchange.trailers());
    assertEquals(replies(type), exchange.replies.size());
    for (byte i = 0; i < replies(type); i++) {
      assertArrayEquals(new byte[] {(byte) requests(type), i}, exchange.replies.get(i));
    }
    Served seen = next();
    assertMarked(seen.headers);
    assertEquals("host-a -> app -> door -> one", seen.headers.get(MetadataKeys.LABEL));
    assertEquals(List.of(LabRealm.HOST_A.toString()), all(seen.headers, MetadataKeys.PEER));
    seen.requests.forEach(message -> assertArrayEquals(HELLO, message));
  }

  private void aFailureKeepsStatusDescriptionAndTrailers(Rig rig, MethodType type)
      throws Exception {
    for (boolean withHeaders : new boolean[] {true, false}) {
      rig.backend()
          .serve(
              (call, headers) ->
                  new Answer(call, headers) {
                    @Override
                    void answer() {
                      if (withHeaders) {
                        call.sendHeaders(markedAndForged());
                      }
                      Metadata details = markedAndForged();
                      details.put(DETAILS, NOISE);
                      call.close(failure(), details);
                    }
                  });

      Exchange exchange = start(rig, type, CallOptions.DEFAULT, new Metadata());
      exchange.send(HELLO, requests(type)).halfClose();

      assertEquals(failure().getCode(), exchange.status().getCode());
      assertEquals(failure().getDescription(), exchange.status().getDescription());
      assertMarked(exchange.trailers());
      assertArrayEquals(NOISE, exchange.trailers().get(DETAILS));
      assertFalse(exchange.trailers().containsKey(MetadataKeys.ORIGIN), "it is the server's own");
      assertEquals(withHeaders, exchange.headers.isDone(), "headers came");
      assertTrue(exchange.replies.isEmpty());
      next();
    }
  }

  private void theDeadlineEndsBothSides(Rig rig, MethodType type) throws Exception {
    rig.backend().serve(this::silent);

    Exchange exchange =
        start(
            rig,
            type,
            CallOptions.DEFAULT.withDeadlineAfter(DEADLINE.toMillis(), TimeUnit.MILLISECONDS),
            new Metadata());
    exchange.send(HELLO, requests(type)).halfClose();
    Served seen = next();

    assertEquals(Status.Code.DEADLINE_EXCEEDED, exchange.status().getCode());
    Served.await(seen.cancelled);
    assertNotNull(seen.deadline, "the server sees a deadline");
    assertTrue(
        0 < seen.givenMs && seen.givenMs <= DEADLINE.toMillis(),
        "the server was given " + seen.givenMs + " ms");
  }

  private void theServerLearnsThatTheProgramCancelled(Rig rig, MethodType type) throws Exception {
    rig.backend().serve(this::silent);

    Exchange exchange = start(rig, type, CallOptions.DEFAULT, new Metadata());
    begin(exchange, type);
    Served seen = next();
    Served.await(seen.first);
    exchange.call.cancel("enough", null);

    Served.await(seen.cancelled);
    assertEquals(Status.Code.CANCELLED, exchange.status().getCode());
    assertEchoes(rig);
  }

  private void theProgramLearnsThatTheServerCancelled(Rig rig, MethodType type) throws Exception {
    rig.backend().serve(this::silent);

    Exchange exchange = start(rig, type, CallOptions.DEFAULT, new Metadata());
    begin(exchange, type);
    Served seen = next();
    Served.await(seen.first);
    seen.call.close(Status.CANCELLED.withDescription("server has enough"), marked());

    assertEquals(Status.Code.CANCELLED, exchange.status().getCode());
    assertEquals("server has enough", exchange.status().getDescription());
    assertMarked(exchange.trailers());
    assertFalse(exchange.trailers().containsKey(MetadataKeys.ORIGIN), "it is the server's own");
    assertEchoes(rig);
  }

  private void whoDoesNotReadSlowsTheSenderAndNobodyElse(Rig rig, MethodType type)
      throws Exception {
    AtomicInteger answered = new AtomicInteger();
    rig.backend().serve((call, headers) -> kept(new Sending(call, headers, type, answered)));

    Exchange exchange =
        Exchange.startWithoutReading(
            rig.program().channel().newCall(Kinds.method(type), CallOptions.DEFAULT),
            new Metadata());
    int asked = 0;
    if (type.clientSendsOneMessage()) {
      exchange.send(HELLO, 1).halfClose();
    } else {
      asked = sendUntilStill(exchange);
      assertTrue(asked <= AHEAD_MAX, "the program was let send " + asked + " blocks");
    }
    Served seen = next();
    if (type.clientSendsOneMessage() || type == MethodType.BIDI_STREAMING) {
      long ahead = Until.settled(answered::get, STILL);
      assertTrue(ahead <= AHEAD_MAX, "the server was let send " + ahead + " blocks");
    }
    assertFalse(exchange.isOver());
    assertTrue(exchange.replies.isEmpty());
    assertEchoes(rig);

    seen.call.request(Integer.MAX_VALUE);
    exchange.call.request(Integer.MAX_VALUE);
    if (!type.clientSendsOneMessage()) {
      sendRest(exchange, asked);
      exchange.halfClose();
    }
    assertTrue(exchange.status().isOk(), exchange.status()::toString);
    assertNumbered(exchange.replies, type.serverSendsOneMessage() ? 1 : OFFERED);
    assertNumbered(seen.requests, type.clientSendsOneMessage() ? 1 : OFFERED);
  }

  private void aCutIsNotNoticedAndALossIsTold(Rig rig, MethodType type) throws Exception {
    rig.backend().serve(this::silent);

    Exchange kept = start(rig, type, CallOptions.DEFAULT, new Metadata());
    begin(kept, type);
    Served first = next();
    Served.await(first.first);
    assertTrue(rig.pair().cut() >= 1, "nothing was cut");
    if (!type.clientSendsOneMessage()) {
      kept.send(HELLO, requests(type) - 1).halfClose();
    }
    Served.await(first.halfClosed);
    first.call.sendHeaders(marked());
    for (int i = 0; i < replies(type); i++) {
      first.call.sendMessage(HELLO);
    }
    first.call.close(Status.OK, marked());

    assertTrue(kept.status().isOk(), kept.status()::toString);
    assertEquals(replies(type), kept.replies.size());
    assertEquals(requests(type), first.requests.size());
    assertMarked(kept.trailers());

    Exchange lost = start(rig, type, CallOptions.DEFAULT, new Metadata());
    begin(lost, type);
    Served second = next();
    Served.await(second.first);
    rig.pair().loseServerProxy();

    assertEquals(Status.Code.UNAVAILABLE, lost.status().getCode(), lost.status()::toString);
    assertEquals("unknown", lost.trailers().get(MetadataKeys.OUTCOME));
    assertNotNull(lost.trailers().get(MetadataKeys.ORIGIN));
    Served.await(second.cancelled);
    assertEchoes(rig);
  }

  // ---- calls

  private static Exchange start(Rig rig, MethodType type, CallOptions options, Metadata headers) {
    return Exchange.start(rig.program().channel().newCall(Kinds.method(type), options), headers);
  }

  /// Sends the first message; where there is only one, gRPC sends it with the half-close.
  private static void begin(Exchange exchange, MethodType type) {
    exchange.send(HELLO, 1);
    if (type.clientSendsOneMessage()) {
      exchange.halfClose();
    }
  }

  private static void assertEchoes(Rig rig) throws Exception {
    Exchange echo = rig.program().echo(HELLO);
    assertTrue(echo.status().isOk(), echo.status()::toString);
    assertArrayEquals(HELLO, echo.replies.getFirst());
  }

  private Served next() throws Exception {
    return Served.await(served);
  }

  private Served kept(Served call) {
    served.add(call);
    return call;
  }

  private Served silent(ServerCall<byte[], byte[]> call, Metadata headers) {
    return kept(new Served(call, headers, 10));
  }

  /// Answers when all requests are there.
  private abstract class Answer extends Served {
    Answer(ServerCall<byte[], byte[]> call, Metadata headers) {
      super(call, headers, 10);
      kept(this);
    }

    abstract void answer();

    @Override
    public void onHalfClose() {
      answer();
    }
  }

  /// Reads nothing by itself, but what it needs to begin; sends all it may.
  private static final class Sending extends Served {
    private final MethodType type;
    private final AtomicInteger sent;
    private boolean isHalfClosed;

    Sending(
        ServerCall<byte[], byte[]> call, Metadata headers, MethodType type, AtomicInteger sent) {
      super(call, headers, type.clientSendsOneMessage() ? 2 : 0);
      this.type = type;
      this.sent = sent;
      call.sendHeaders(new Metadata());
    }

    @Override
    public void onReady() {
      send();
    }

    @Override
    public void onHalfClose() {
      isHalfClosed = true;
      send();
    }

    private synchronized void send() {
      int all = type.serverSendsOneMessage() ? 1 : OFFERED;
      boolean mayBegin = isHalfClosed || type == MethodType.BIDI_STREAMING;
      while (mayBegin && sent.get() < all && call.isReady()) {
        call.sendMessage(block(sent.getAndIncrement()));
      }
      if (isHalfClosed && sent.get() == all) {
        sent.incrementAndGet();
        call.close(Status.OK, new Metadata());
      }
    }
  }

  /// @return how many blocks the program was let send
  private static int sendUntilStill(Exchange exchange) throws Exception {
    int sent = 0;
    while (sent < OFFERED && exchange.awaitReady(STILL)) {
      exchange.call.sendMessage(block(sent++));
    }
    return sent;
  }

  private static void sendRest(Exchange exchange, int sent) throws Exception {
    for (int i = sent; i < OFFERED; i++) {
      assertTrue(exchange.awaitReady(Until.PATIENCE), "stuck at block " + i);
      exchange.call.sendMessage(block(i));
    }
  }

  private static byte[] block(int number) {
    return ByteBuffer.allocate(BLOCK_BYTES).putInt(number).array();
  }

  private static void assertNumbered(List<byte[]> messages, int count) {
    assertEquals(count, messages.size());
    for (int i = 0; i < count && count > 1; i++) {
      assertEquals(i, ByteBuffer.wrap(messages.get(i)).getInt());
      assertEquals(BLOCK_BYTES, messages.get(i).length);
    }
  }

  private static int requests(MethodType type) {
    return type.clientSendsOneMessage() ? 1 : 3;
  }

  private static int replies(MethodType type) {
    return type.serverSendsOneMessage() ? 1 : 3;
  }

  // ---- metadata

  private static Status failure() {
    return Status.FAILED_PRECONDITION.withDescription("Käse 100% \n 漢字");
  }

  private static Metadata marked() {
    Metadata metadata = new Metadata();
    metadata.put(TEXT, "one");
    metadata.put(BINARY, NOISE);
    metadata.put(TEXT, "two, three");
    metadata.put(BINARY, new byte[0]);
    return metadata;
  }

  private static Metadata markedAndForged() {
    Metadata metadata = marked();
    metadata.put(FORGED, "true");
    metadata.put(MetadataKeys.ORIGIN, "forged");
    metadata.put(MetadataKeys.OUTCOME, "forged");
    return metadata;
  }

  private static void assertMarked(Metadata metadata) {
    assertEquals(List.of("one", "two, three"), all(metadata, TEXT));
    List<byte[]> binary = all(metadata, BINARY);
    assertEquals(2, binary.size());
    assertArrayEquals(NOISE, binary.getFirst());
    assertArrayEquals(new byte[0], binary.getLast());
    assertFalse(metadata.containsKey(FORGED), "a key of ours was let through");
    assertFalse(metadata.containsKey(MetadataKeys.OUTCOME), "a key of ours was let through");
  }

  private static <T> List<T> all(Metadata metadata, Metadata.Key<T> key) {
    Iterable<T> values = metadata.getAll(key);
    return values == null ? List.of() : StreamSupport.stream(values.spliterator(), false).toList();
  }

  private static Metadata.Key<String> ascii(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static Metadata.Key<byte[]> binary(String name) {
    return Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER);
  }
}

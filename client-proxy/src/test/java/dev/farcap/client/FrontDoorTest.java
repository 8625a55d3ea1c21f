package dev.farcap.client;

import static dev.farcap.client.House.PATIENCE_S;
import static dev.farcap.client.House.SERVICE;
import static dev.farcap.client.House.say;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.farcap.door.DoorAddress;
import dev.farcap.session.Failure;
import dev.farcap.session.Label;
import dev.farcap.session.MetadataKeys;
import dev.farcap.session.Session.CloseReason;
import dev.farcap.session.v1.OpenReply;
import dev.farcap.session.v1.OpenRequest;
import dev.farcap.session.v1.SessionsGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@ExtendWith(LeakGuard.class)
@Timeout(60)
class FrontDoorTest {
  private static final Metadata.Key<String> FORGED =
      Metadata.Key.of("farcap-peer", Metadata.ASCII_STRING_MARSHALLER);

  @TempDir Path folder;

  @Test
  void anyCallGoesToTheImplicitSessionOfItsServiceAndLabel() throws Exception {
    try (House house = new House(folder)) {
      ManagedChannel program = house.program();

      assertEquals("one", say(program, "one"));
      assertEquals("two", say(program, "two"));
      assertEquals("three", say(program, "three", label("config -> main")));
      assertEquals("four", say(house.program(), "four"));

      assertEquals(3, house.opened.size());
      assertEquals(SERVICE, house.opened.get(0).request().service());
      assertEquals(Label.of("app1"), house.opened.get(0).request().label());
      assertEquals(Label.of("app1", "config", "main"), house.opened.get(1).request().label());
      assertEquals(Label.of("app1"), house.opened.get(2).request().label());
    }
  }

  @Test
  void ownKeysOfAProgramGoNoFurther() throws Exception {
    try (House house = new House(folder)) {
      Metadata headers = label("config");
      headers.put(FORGED, "farcap://realm/somebody-else");
      headers.put(Metadata.Key.of("x-mine", Metadata.ASCII_STRING_MARSHALLER), "kept");

      say(house.program(), "hello", headers);

      Metadata seen = house.seen.take();
      assertTrue(seen.keys().stream().noneMatch(key -> key.startsWith("farcap-")));
      assertTrue(seen.keys().contains("x-mine"));
    }
  }

  @Test
  void aBadLabelIsRefusedWithTheReason() throws Exception {
    try (House house = new House(folder)) {
      StatusRuntimeException refused =
          assertThrows(
              StatusRuntimeException.class, () -> say(house.program(), "x", label("a ->  -> b")));

      assertEquals(Status.Code.INVALID_ARGUMENT, refused.getStatus().getCode());
      assertOwn(refused, "not-executed");
      assertEquals(0, house.opened.size());
      assertEquals(1, house.door.counters().refusedInvalid.sum());
    }
  }

  @Test
  void ofAFloodOfRefusalsAHundredASecondAreWrittenDown() throws Exception {
    Logger logger = (Logger) LoggerFactory.getLogger("farcap.audit");
    ListAppender<ILoggingEvent> audit = new ListAppender<>();
    audit.start();
    logger.setLevel(Level.INFO);
    logger.addAppender(audit);
    try (House house = new House(folder)) {
      ManagedChannel program = house.program();

      for (int i = 0; i < 150; i++) {
        assertThrows(StatusRuntimeException.class, () -> say(program, "x", label("a ->  -> b")));
      }

      assertEquals(150, house.door.counters().refusedInvalid.sum());
      assertEquals(100, audit.list.size());
    } finally {
      logger.detachAppender(audit);
      logger.setLevel(null);
    }
  }

  @Test
  void aSessionThatMayNotOpenRefusesTheCall() throws Exception {
    try (House house = new House(folder)) {
      house.refuseOpening =
          Failure.notExecuted(Failure.Kind.REFUSED, "no route").exception("client-proxy");

      StatusRuntimeException refused =
          assertThrows(StatusRuntimeException.class, () -> say(house.program(), "x"));

      assertEquals(Status.Code.PERMISSION_DENIED, refused.getStatus().getCode());
      assertOwn(refused, "not-executed");
    }
  }

  @Test
  void anIdleSessionIsClosedAndTheNextCallOpensItsSuccessor() throws Exception {
    try (House house =
        new House(folder, config -> House.idle(config, Duration.ofMinutes(5)), Map.of())) {
      ManagedChannel program = house.program();
      say(program, "one");
      house.time.pass(Duration.ofMinutes(3));
      say(program, "two");
      house.time.pass(Duration.ofMinutes(3));
      assertNull(house.opened.getFirst().reason);

      house.time.pass(Duration.ofMinutes(2));
      assertEquals(CloseReason.UNUSED, house.opened.getFirst().reason);
      assertEquals(1, house.door.counters().idle.sum());

      say(program, "three");
      assertEquals(2, house.opened.size());
    }
  }

  @Test
  void aCallInFlightKeepsItsSession() throws Exception {
    try (House house = new House(folder)) {
      ManagedChannel program = house.program();
      ClientCall<String, String> waiting = program.newCall(House.WAIT, CallOptions.DEFAULT);
      waiting.start(new ClientCall.Listener<>() {}, new Metadata());
      waiting.sendMessage("x");
      waiting.halfClose();
      await(() -> house.opened.size() == 1);

      house.time.pass(Duration.ofMinutes(6));
      assertNull(house.opened.getFirst().reason);

      waiting.cancel("enough", null);
      await(() -> house.door.doorCounters().callsOpen.sum() == 0);
      house.time.pass(Duration.ofMinutes(5));
      assertEquals(CloseReason.UNUSED, house.opened.getFirst().reason);
    }
  }

  @Test
  void aConnectionThatEndsClosesItsSessions() throws Exception {
    try (House house = new House(folder)) {
      ManagedChannel program = house.program();
      say(program, "one");

      program.shutdownNow();

      await(() -> house.opened.getFirst().reason == CloseReason.UNUSED);
      await(() -> house.door.counters().open.sum() == 0);
    }
  }

  @Test
  void aClosingSessionTakesNoNewCalls() throws Exception {
    try (House house = new House(folder)) {
      ManagedChannel program = house.program();
      say(program, "one");
      house.opened.getFirst().closing();

      say(program, "two");

      assertEquals(2, house.opened.size());
    }
  }

  @Test
  void anOpenedSessionLivesAsLongAsItsStream() throws Exception {
    try (House house = new House(folder)) {
      ManagedChannel program = house.program();
      Opening opening = open(program, "config");
      Metadata headers = new Metadata();
      headers.put(MetadataKeys.SESSION, opening.handle());

      say(program, "one", headers);
      say(house.program(), "another connection of the same user", headers);
      assertEquals(1, house.opened.size());
      assertEquals(Label.of("app1", "config"), house.opened.getFirst().request().label());

      opening.context.cancel(null);
      await(() -> house.opened.getFirst().reason == CloseReason.UNUSED);
      StatusRuntimeException over =
          assertThrows(StatusRuntimeException.class, () -> say(program, "late", headers));
      assertEquals(Status.Code.UNAVAILABLE, over.getStatus().getCode());
      assertOwn(over, "not-executed");
    }
  }

  @Test
  void theStreamOfAnOpenedSessionTellsWhyItEnds() throws Exception {
    try (House house = new House(folder)) {
      Opening opening = open(house.program(), "");
      assertNotEquals("", opening.handle());

      house
          .loop
          .submit(
              () ->
                  house
                      .opened
                      .getFirst()
                      .end(Failure.notExecuted(Failure.Kind.REFUSED, "no grant")))
          .sync();

      assertEquals(
          Status.Code.PERMISSION_DENIED, opening.end.get(PATIENCE_S, TimeUnit.SECONDS).getCode());
    }
  }

  @Test
  void aHandleOfAnotherServiceIsRefused() throws Exception {
    try (House house = new House(folder)) {
      ManagedChannel program = house.program();
      Opening opening = open(program, "test.Other", "");
      Metadata headers = new Metadata();
      headers.put(MetadataKeys.SESSION, opening.handle());

      StatusRuntimeException refused =
          assertThrows(StatusRuntimeException.class, () -> say(program, "x", headers));

      assertEquals(Status.Code.INVALID_ARGUMENT, refused.getStatus().getCode());
    }
  }

  @Test
  void aStandInAnswersInTheServersPlaceForAllProgramsUntilIdle() throws Exception {
    AtomicInteger mounted = new AtomicInteger();
    StandIn loud =
        _ -> {
          mounted.incrementAndGet();
          return ServerServiceDefinition.builder(SERVICE)
              .addMethod(House.ECHO, FrontDoorTest::shout)
              .build();
        };

    try (House house = new House(folder, config -> config, Map.of(SERVICE, loud))) {
      assertEquals("HELLO", say(house.program(), "hello"));
      assertEquals("AGAIN", say(house.program(), "again"));
      assertTrue(house.seen.isEmpty());
      assertEquals(1, mounted.get());

      house.time.pass(Duration.ofMinutes(5));
      assertEquals(CloseReason.UNUSED, house.opened.getFirst().reason);
    }
  }

  private static ServerCall.Listener<String> shout(
      ServerCall<String, String> call, Metadata headers) {
    call.request(1);
    return new ServerCall.Listener<>() {
      @Override
      public void onMessage(String message) {
        call.sendHeaders(new Metadata());
        call.sendMessage(message.toUpperCase(java.util.Locale.ROOT));
        call.close(Status.OK, new Metadata());
      }
    };
  }

  @Test
  void anotherUserIsTurnedAway() throws Exception {
    try (House house =
        new House(
            folder,
            config ->
                House.at(config, new DoorAddress.Unix(folder.resolve("app1"), Set.of(4_000_000))),
            Map.of())) {
      StatusRuntimeException refused =
          assertThrows(StatusRuntimeException.class, () -> say(house.program(), "x"));

      assertEquals(Status.Code.UNAVAILABLE, refused.getStatus().getCode());
      assertTrue(house.door.doorCounters().refusedUsers.sum() >= 1);
      assertEquals(0, house.opened.size());
    }
  }

  @Test
  void connectionsCallsAndSessionsAreBounded() throws Exception {
    try (House house = new House(folder, config -> House.with(config, 1, 2, 1), Map.of())) {
      ManagedChannel program = house.program();
      say(program, "one");

      StatusRuntimeException sessions =
          assertThrows(
              StatusRuntimeException.class, () -> say(program, "x", label("second session")));
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, sessions.getStatus().getCode());
      assertOwn(sessions, "not-executed");
      assertEquals(1, house.door.counters().refusedBound.sum());

      assertThrows(StatusRuntimeException.class, () -> say(house.program(), "x"));
      assertTrue(house.door.doorCounters().refusedConnections.sum() >= 1);

      for (int i = 0; i < 2; i++) {
        ClientCall<String, String> waiting = program.newCall(House.WAIT, CallOptions.DEFAULT);
        waiting.start(new ClientCall.Listener<>() {}, new Metadata());
        waiting.sendMessage("x");
        waiting.halfClose();
      }
      await(() -> house.door.doorCounters().callsOpen.sum() == 2);
      StatusRuntimeException calls =
          assertThrows(StatusRuntimeException.class, () -> say(program, "x"));
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, calls.getStatus().getCode());
      assertEquals(1, house.door.doorCounters().refusedCalls.sum());
    }
  }

  @Test
  void drainingLetsCallsEndAndTakesNoMore() throws Exception {
    try (House house = new House(folder)) {
      ManagedChannel program = house.program();
      say(program, "one");

      house.door.drain(Duration.ofSeconds(5));

      assertFalse(Files.exists(house.socket));
      assertThrows(StatusRuntimeException.class, () -> say(program, "two"));
    }
  }

  @Test
  void aSocketSomebodyListensAtIsAnError() throws Exception {
    try (House _ = new House(folder)) {
      IOException inUse = assertThrows(IOException.class, () -> new House(folder).close());

      assertTrue(String.valueOf(inUse.getMessage()).contains("in use"), inUse::toString);
    }
  }

  @Test
  void onlyLoopbackAddressesArePortsOfADoor() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new DoorAddress.Loopback(new InetSocketAddress("192.0.2.1", 0)));

    assertTrue(String.valueOf(refused.getMessage()).contains("loopback"));
  }

  @Test
  void healthIsThatOfTheDoorAndItsRoutes() throws Exception {
    try (House house = new House(folder)) {
      HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(house.program());

      assertEquals(ServingStatus.SERVING, check(health, ""));
      assertEquals(ServingStatus.SERVING, check(health, SERVICE));
      StatusRuntimeException unknown =
          assertThrows(StatusRuntimeException.class, () -> check(health, "test.Unknown"));
      assertEquals(Status.Code.NOT_FOUND, unknown.getStatus().getCode());
    }
  }

  private static ServingStatus check(HealthGrpc.HealthBlockingStub health, String service) {
    return health.check(HealthCheckRequest.newBuilder().setService(service).build()).getStatus();
  }

  private static Metadata label(String label) {
    Metadata headers = new Metadata();
    headers.put(MetadataKeys.LABEL, label);
    return headers;
  }

  private static void assertOwn(StatusRuntimeException failure, String outcome) {
    Metadata trailers = requireNonNull(failure.getTrailers());
    assertEquals("client-proxy", trailers.get(MetadataKeys.ORIGIN));
    assertEquals(outcome, trailers.get(MetadataKeys.OUTCOME));
  }

  private static Opening open(ManagedChannel program, String label) {
    return open(program, SERVICE, label);
  }

  private static Opening open(ManagedChannel program, String service, String label) {
    Opening opening = new Opening();
    OpenRequest request = OpenRequest.newBuilder().setService(service).setLabel(label).build();
    opening.context.run(() -> SessionsGrpc.newStub(program).open(request, opening));
    return opening;
  }

  /// The stream of an opened session.
  private static final class Opening implements StreamObserver<OpenReply> {
    final Context.CancellableContext context = Context.ROOT.withCancellation();
    final BlockingQueue<String> handles = new LinkedBlockingQueue<>();
    final CompletableFuture<Status> end = new CompletableFuture<>();

    String handle() throws InterruptedException {
      return String.valueOf(handles.poll(PATIENCE_S, TimeUnit.SECONDS));
    }

    @Override
    public void onNext(OpenReply reply) {
      handles.add(reply.getHandle());
    }

    @Override
    public void onError(Throwable reason) {
      end.complete(Status.fromThrowable(reason));
    }

    @Override
    public void onCompleted() {
      end.complete(Status.OK);
    }
  }

  static void await(BooleanSupplier condition) throws InterruptedException {
    CountDownLatch pause = new CountDownLatch(1);
    for (int i = 0; i < 100 * PATIENCE_S; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      assertFalse(pause.await(10, TimeUnit.MILLISECONDS));
    }
    throw new AssertionError("condition not met in " + PATIENCE_S + " s");
  }
}

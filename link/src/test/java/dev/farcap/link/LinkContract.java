package dev.farcap.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.link.engine.LinkEngine;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.Session;
import dev.farcap.session.SessionRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A session's channel is a gRPC channel, whatever the medium and whatever happens to it.
@Timeout(60)
abstract class LinkContract {
  private static final int FOUR_MIB = 4 << 20;
  private static final long PATIENCE_S = 20;
  private static final Metadata.Key<String> ASCII =
      Metadata.Key.of("ascii", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<byte[]> BINARY =
      Metadata.Key.of("some-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private final EchoService service = new EchoService();
  private LinkPair pair;
  private Session session;
  private Channel channel;

  /// What carries the link.
  abstract TestMedium medium();

  @BeforeEach
  void connect() throws Exception {
    pair = new LinkPair(medium(), service.definition());
    session = pair.open();
    channel = session.channel();
  }

  @AfterEach
  void disconnect() {
    pair.close();
  }

  private byte[] say(byte[] request) {
    return say(channel, request);
  }

  private static byte[] say(Channel channel, byte[] request) {
    return ClientCalls.blockingUnaryCall(channel, EchoService.SAY, CallOptions.DEFAULT, request);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private EchoService.Hanging hanging() throws InterruptedException {
    return Objects.requireNonNull(service.hanging.poll(20, TimeUnit.SECONDS), "no call arrived");
  }

  // ---- calls ----------------------------------------------------------------------------------

  @Test
  void aUnaryCallIsAnswered() {
    assertArrayEquals(text("hello"), say(text("hello")));
  }

  @Test
  void anEmptyMessageIsAMessage() {
    assertArrayEquals(new byte[0], say(new byte[0]));
  }

  @Test
  void aServerStreamArrivesInOrder() {
    Iterator<byte[]> replies =
        ClientCalls.blockingServerStreamingCall(
            channel, EchoService.MANY, CallOptions.DEFAULT, EchoService.wish(1_000, 100));

    for (int i = 0; i < 1_000; i++) {
      assertEquals(i, ByteBuffer.wrap(replies.next()).getInt());
    }
    assertFalse(replies.hasNext());
  }

  @Test
  void aClientStreamIsSummedUp() throws Exception {
    Recorded sum = Recorded.start(channel, EchoService.SUM);
    for (int i = 0; i < 100; i++) {
      sum.call.sendMessage(new byte[1_000]);
    }
    sum.call.halfClose();

    assertEquals(Status.Code.OK, sum.status().getCode());
    assertEquals(100_000, ByteBuffer.wrap(sum.messages.getFirst()).getLong());
  }

  @Test
  void bothSidesTalkAtOnce() throws Exception {
    Recorded chat = Recorded.start(channel, EchoService.CHAT);
    for (int i = 0; i < 50; i++) {
      int heard = i;
      chat.call.sendMessage(text("message " + i));
      LinkPair.await("echo " + i, () -> chat.messages.size() > heard);
    }
    chat.call.halfClose();

    assertEquals(Status.Code.OK, chat.status().getCode());
    assertEquals("message 49", new String(chat.messages.get(49), StandardCharsets.UTF_8));
  }

  @Test
  void manyVirtualThreadsCallAtOnce() throws Exception {
    List<Future<?>> callers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      byte[] request = text("caller " + i);
      callers.add(
          pair.workers.submit(
              () -> {
                for (int n = 0; n < 20; n++) {
                  assertArrayEquals(request, say(request));
                }
              }));
    }

    for (Future<?> caller : callers) {
      caller.get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void callbacksOnAnExecutorComeInOrder() throws Exception {
    CallOptions options = CallOptions.DEFAULT.withExecutor(pair.workers);
    Recorded many = Recorded.start(channel, EchoService.MANY, options, new Metadata());
    many.say(EchoService.wish(2_000, 10));

    assertEquals(Status.Code.OK, many.status().getCode());
    for (int i = 0; i < 2_000; i++) {
      assertEquals(i, ByteBuffer.wrap(many.messages.get(i)).getInt());
    }
  }

  // ---- sizes ----------------------------------------------------------------------------------

  @Test
  void aMessageOfFourMebibytesPasses() {
    byte[] request = new byte[FOUR_MIB];
    request[FOUR_MIB - 1] = 7;

    assertArrayEquals(request, say(request));
  }

  @Test
  void aRequestOverTheLimitIsNotExecuted() throws Exception {
    Recorded call = Recorded.start(channel, EchoService.SAY).say(new byte[FOUR_MIB + 1]);

    assertEquals(Status.Code.RESOURCE_EXHAUSTED, call.status().getCode());
    assertEquals("message of 4194305 bytes, limit 4194304", call.status().getDescription());
    assertEquals("not-executed", call.outcome());
  }

  @Test
  void aReplyOverTheLimitFailsItsCallOnly() throws Exception {
    Recorded call = Recorded.start(channel, EchoService.MANY);
    call.say(EchoService.wish(1, FOUR_MIB + 1));

    assertEquals(Status.Code.RESOURCE_EXHAUSTED, call.status().getCode());
    assertArrayEquals(text("still here"), say(text("still here")));
  }

  @Test
  void aStreamMayBeLongerThanAnyWindow() throws Exception {
    Recorded many = Recorded.start(channel, EchoService.MANY).say(EchoService.wish(40, 1 << 20));

    assertEquals(Status.Code.OK, many.status().getCode());
    assertEquals(40L << 20, many.messages.stream().mapToLong(message -> message.length).sum());
  }

  // ---- metadata and status --------------------------------------------------------------------

  @Test
  void metadataPassesBothWaysAsciiBinaryAndRepeated() throws Exception {
    Metadata headers = new Metadata();
    headers.put(ASCII, "one");
    headers.put(ASCII, "two");
    headers.put(BINARY, new byte[] {0, -1, ','});

    Recorded call = Recorded.start(channel, EchoService.META, CallOptions.DEFAULT, headers);
    call.say(new byte[0]);

    assertEquals(Status.Code.OK, call.status().getCode());
    assertMirrored(Objects.requireNonNull(call.headers));
    assertMirrored(call.trailers);
  }

  private static void assertMirrored(Metadata back) {
    List<String> values = new ArrayList<>();
    Objects.requireNonNull(back.getAll(ASCII)).forEach(values::add);
    assertEquals(List.of("one", "two"), values);
    assertArrayEquals(new byte[] {0, -1, ','}, back.get(BINARY));
  }

  @Test
  void headersThenTrailersAreToldFromTrailersOnly() throws Exception {
    Recorded answered = Recorded.start(channel, EchoService.SAY).say(new byte[0]);
    Recorded rejected = Recorded.start(channel, EchoService.REJECT).say(new byte[0]);

    assertEquals(Status.Code.OK, answered.status().getCode());
    assertEquals(Status.Code.NOT_FOUND, rejected.status().getCode());
    assertNotNull(answered.headers);
    assertNull(rejected.headers);
  }

  @Test
  void aStatusPassesWithDescriptionAndTrailersAndWithoutOurs() throws Exception {
    Recorded call = Recorded.start(channel, EchoService.REJECT).say(new byte[0]);

    assertEquals("not here: ü", call.status().getDescription());
    assertEquals("why", call.trailers.get(EchoService.DETAIL));
    assertNull(call.outcome());
  }

  @Test
  void aServiceThatThrowsEndsItsCallAsUnknownWithoutTellingWhy() throws Exception {
    Recorded call = Recorded.start(channel, EchoService.THROW).say(new byte[0]);

    assertEquals(Status.Code.UNKNOWN, call.status().getCode());
    assertNull(call.status().getDescription());
    assertArrayEquals(text("still here"), say(text("still here")));
  }

  @Test
  void aServiceThatThrowsAStatusEndsItsCallWithIt() throws Exception {
    Recorded call = Recorded.start(channel, EchoService.THROW).say(new byte[1]);

    assertEquals(Status.Code.ABORTED, call.status().getCode());
    assertEquals("too late", call.status().getDescription());
    assertEquals("more", call.trailers.get(EchoService.DETAIL));
  }

  @Test
  void aMissingMethodIsUnimplementedAndNotExecuted() throws Exception {
    Recorded call = Recorded.start(channel, EchoService.MISSING).say(new byte[0]);

    assertEquals(Status.Code.UNIMPLEMENTED, call.status().getCode());
    assertEquals("not-executed", call.outcome());
  }

  @Test
  void aRefusedSessionEndsItsCallsWithTheRefusal() throws Exception {
    Recorded call = Recorded.start(pair.open("refused").channel(), EchoService.SAY);
    call.say(new byte[0]);

    assertEquals(Status.Code.PERMISSION_DENIED, call.status().getCode());
    assertEquals("not-executed", call.outcome());
  }

  @Test
  void aHostThatCannotBeMadeRefusesItsSessionOnly() throws Exception {
    Recorded call = Recorded.start(pair.open("broken").channel(), EchoService.SAY);
    call.say(new byte[0]);

    assertEquals(Status.Code.INTERNAL, call.status().getCode());
    assertEquals("not-executed", call.outcome());
    assertArrayEquals(text("still here"), say(text("still here")));
  }

  @Test
  void aHostThatThrowsFailsItsCallOnly() throws Exception {
    Recorded call = Recorded.start(channel, EchoService.BROKEN).say(new byte[0]);

    assertEquals(Status.Code.INTERNAL, call.status().getCode());
    assertArrayEquals(text("still here"), say(text("still here")));
    assertEquals(0, pair.counters.resumes.sum());
  }

  @Test
  void aListenerOfTheEndOfASessionThatThrowsHarmsNobody() {
    session.onClosed(
        _ -> {
          throw new IllegalStateException("a mistake of the program");
        });
    session.close(Session.CloseReason.UNUSED);

    assertArrayEquals(text("still here"), say(pair.open().channel(), text("still here")));
    assertEquals(0, pair.counters.resumes.sum());
  }

  // ---- deadlines and cancellation -------------------------------------------------------------

  @Test
  void aDeadlineEndsTheCallAndReachesTheServer() throws Exception {
    say(new byte[0]);
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(200, TimeUnit.MILLISECONDS);

    Recorded call = Recorded.start(channel, EchoService.HANG, options, new Metadata());
    call.say(new byte[0]);

    Context server = hanging().context();
    assertNotNull(server.getDeadline());
    assertEquals(Status.Code.DEADLINE_EXCEEDED, call.status().getCode());
    LinkPair.await("end at the server", server::isCancelled);
    assertTrue(
        server.cancellationCause() instanceof TimeoutException
            || server.cancellationCause() instanceof CancellationException);
  }

  @Test
  void aCancelEndsTheCallAndItsCauseReachesTheServer() throws Exception {
    Recorded call = Recorded.start(channel, EchoService.HANG).say(new byte[0]);
    Context server = hanging().context();

    call.call.cancel("changed my mind", null);

    assertEquals(Status.Code.CANCELLED, call.status().getCode());
    LinkPair.await("end at the server", server::isCancelled);
    assertEquals(
        "cancelled by the caller", Objects.requireNonNull(server.cancellationCause()).getMessage());
  }

  @Test
  void theCallersContextCancelsItsCalls() throws Exception {
    Context.CancellableContext context = Context.current().withCancellation();
    Recorded call = context.call(() -> Recorded.start(channel, EchoService.HANG).say(new byte[0]));
    Context server = hanging().context();

    context.cancel(null);

    assertEquals(Status.Code.CANCELLED, call.status().getCode());
    LinkPair.await("end at the server", server::isCancelled);
  }

  // ---- the link -------------------------------------------------------------------------------

  @Test
  void aLinkComesBackAndItsCallsGoOn() throws Exception {
    Recorded call = Recorded.start(channel, EchoService.HANG).say(new byte[0]);
    EchoService.Hanging hanging = hanging();

    pair.cut();
    LinkPair.await("resume", () -> pair.counters.resumes.sum() >= 2);
    hanging.reply().onNext(text("after all"));
    hanging.reply().onCompleted();

    assertEquals(Status.Code.OK, call.status().getCode());
    assertArrayEquals(text("after all"), call.messages.getFirst());
  }

  @Test
  void aRestartOfTheAcceptorEndsCallsAsUnknownAndNewSessionsWork() throws Exception {
    Recorded call = Recorded.start(channel, EchoService.HANG).say(new byte[0]);
    hanging();

    pair.restart();

    assertEquals(Status.Code.UNAVAILABLE, call.status().getCode());
    assertEquals("unknown", call.outcome());
    LinkPair.await("end of the session", () -> session.state() == Session.State.CLOSED);
    assertArrayEquals(text("again"), say(pair.open().channel(), text("again")));
  }

  @Test
  void aPeerOfAnotherNameIsRefused() {
    DialledLink other = pair.dial(Identity.parse("farcap://lab/host-c"));

    LinkPair.await("refusal", () -> other.lastFailure() != null);
    String failure = Objects.requireNonNull(other.lastFailure());
    assertTrue(
        failure.endsWith("expected farcap://lab/host-c, but the peer is farcap://lab/host-b"),
        failure);
    assertFalse(other.link().isUp());
  }

  @Test
  void theLoopMayUseASessionBeforeItHasHeardOfItsOpening() throws Exception {
    CompletableFuture<Session> handed = new CompletableFuture<>();
    Future<Recorded> call =
        pair.link()
            .loop()
            .submit(
                () ->
                    Recorded.start(
                            handed.get(PATIENCE_S, TimeUnit.SECONDS).channel(), EchoService.SAY)
                        .say(text("early")));

    handed.complete(pair.open());

    Recorded early = call.get(PATIENCE_S, TimeUnit.SECONDS);
    assertEquals(Status.OK, early.status());
    assertArrayEquals(text("early"), early.messages.getFirst());
  }

  @Test
  void anEndpointThatDrainsDialsNoMore() {
    pair.a.drain("going away");

    DialledLink late = pair.dial(TestMedium.B);

    LinkPair.await("end", () -> late.link().state() == LinkEngine.State.ENDED);
    assertFalse(pair.a.links().contains(late.link()));
  }

  @Test
  void anEndpointThatDrainsAcceptsNoMore() {
    pair.dialled().close("makes room");
    pair.b.drain("going away");
    int before = pair.connections();

    DialledLink late = pair.dial(TestMedium.B);

    LinkPair.await("refusal and another try", () -> pair.connections() >= before + 2);
    assertFalse(late.link().isUp());
  }

  @Test
  void manyLinksBetweenTwoHostsAreIndependent() {
    List<DialledLink> links = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      links.add(pair.dial(TestMedium.B));
    }
    SessionRequest request = SessionRequest.of(EchoService.NAME, Label.of("app"));

    for (DialledLink link : links) {
      Channel own = link.link().open(request, null, false).channel();
      assertArrayEquals(text("hello"), say(own, text("hello")));
    }
    links.getFirst().close("first of all");

    assertArrayEquals(text("hello"), say(text("hello")));
  }

  /// More links give a peer no more.
  @Test
  void linksOfOneHolderShareTheRoomForWhatWaitsToBeSent() {
    pair.dial(TestMedium.B);
    LinkPair.await("both are accepted", () -> pair.b.links().size() == 2);

    List<Link> links = pair.b.links();

    assertSame(links.getFirst().sendRoom(), links.getLast().sendRoom());
  }

  @Test
  void aPeerThatDrainsLetsACallFinishAndTakesNoOther() throws Exception {
    Recorded call = Recorded.start(channel, EchoService.HANG).say(new byte[0]);
    EchoService.Hanging hanging = hanging();

    pair.b.drain("restart");
    LinkPair.await("drain", () -> session.state() == Session.State.CLOSING);
    Recorded late = Recorded.start(channel, EchoService.SAY).say(new byte[0]);
    hanging.reply().onNext(text("done"));
    hanging.reply().onCompleted();

    assertEquals(Status.Code.OK, call.status().getCode());
    assertEquals(Status.Code.UNAVAILABLE, late.status().getCode());
    assertEquals("not-executed", late.outcome());
  }

  @Test
  void aCallOfAnotherServiceIsUnimplemented() {
    Session other = pair.link().open(SessionRequest.of("test.Other", Label.of("app")), null, false);

    StatusRuntimeException refusal =
        assertThrows(StatusRuntimeException.class, () -> say(other.channel(), new byte[0]));

    assertEquals(Status.Code.UNIMPLEMENTED, refusal.getStatus().getCode());
  }

  @Test
  void aTokenTooLongIsAMistakeOfTheCaller() {
    IllegalArgumentException mistake =
        assertThrows(
            IllegalArgumentException.class,
            () -> pair.link().open(session.request(), new byte[8_193], false));

    assertEquals("token of 8193 bytes, limit 8192", mistake.getMessage());
  }
}

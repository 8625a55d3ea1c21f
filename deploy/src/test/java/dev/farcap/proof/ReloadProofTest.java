package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// A changed configuration keeps what it still allows: the same session, the same stream. What it
/// no longer allows ends, and says why.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(90)
class ReloadProofTest {
  private static final byte[] HELLO = {1, 2};

  /// How a proxy learns that a file has changed.
  enum Told {
    BY_THE_FILE,
    BY_SIGHUP
  }

  private final BlockingQueue<Served> served = new LinkedBlockingQueue<>();
  @AutoClose private Stage stage;
  private ProcessPair pair;
  private Program program;
  private String server = "";
  private String directory = "";

  @BeforeAll
  void open(@TempDir Path folder) throws Exception {
    stage = Stage.set(folder);
    stage.backend().keep(served, 10);
    pair = stage.pair();
    program = stage.program();
    pair.editServer(text -> server = text);
    pair.editDirectory(text -> directory = text);
  }

  @AfterEach
  void restore() throws Exception {
    pair.editServer(_ -> server);
    pair.editDirectory(_ -> directory);
    pair.server().hangUp();
    pair.client().hangUp();
    Until.holds("all is as before", () -> echo("gone").status().isOk());
  }

  private Exchange echo(String label) {
    Metadata headers = new Metadata();
    headers.put(Backend.ECHO, "");
    return unary(label, headers);
  }

  @ParameterizedTest
  @EnumSource
  void aPolicyThatChangesEndsOnlyWhatItNoLongerAllows(Told told) throws Exception {
    Stream kept = stream("kept");
    Stream gone = stream("gone");

    pair.editServer(
        text ->
            text.replace(
                Kinds.SERVICE + ": kinds",
                Kinds.SERVICE + ": {policies: [{labelSuffix: kept, backend: kinds}]}"));
    tell(told, pair.server());

    gone.assertEnded(Status.Code.UNAVAILABLE, "the server's policy has changed");
    kept.assertSpeaks();
    assertRefused("gone", "session refused; the server's audit log says why: ");
    pair.server().awaitLine("decision=closed", "gone", "the server's policy has changed");
    pair.server().awaitLine("reason=NO_POLICY", "gone");
  }

  @ParameterizedTest
  @EnumSource
  void aRouteThatChangesEndsOnlyWhatItNoLongerAllows(Told told) throws Exception {
    Stream kept = stream("kept");
    Stream gone = stream("gone");

    pair.editDirectory(
        text ->
            text.replace(
                "routes:\n",
                "routes:\n  - {service: %s, label: gone, to: []}\n".formatted(Kinds.SERVICE)));
    tell(told, pair.client());

    gone.assertEnded(Status.Code.UNAVAILABLE, "route has changed");
    kept.assertSpeaks();
    assertRefused("gone", "no target of ");
    pair.client().awaitLine("decision=rerouted", "");
    pair.client().awaitLine("reason=NO_ROUTE", "gone");
  }

  @ParameterizedTest
  @CsvSource({"server, unknown key 'exprots'", "directory, unknown key 'ruotes'"})
  void aFileWithAMistakeChangesNothingAndIsReported(String file, String mistake) throws Exception {
    Stream kept = stream("kept");
    ProxyProcess reader = file.equals("server") ? pair.server() : pair.client();

    if (file.equals("server")) {
      pair.editServer(text -> text.replace("exports:", "exprots:"));
    } else {
      pair.editDirectory(text -> text.replace("routes:", "ruotes:"));
    }
    reader.hangUp();

    Until.holds(reader::log, Until.PATIENCE, () -> reader.log().contains(mistake));
    assertTrue(reader.log().contains("not taken over"), reader::log);
    kept.assertSpeaks();
    stream("another").assertSpeaks();
  }

  private static void tell(Told told, ProxyProcess process) throws Exception {
    if (told == Told.BY_SIGHUP) {
      process.hangUp();
      process.awaitLine("reloading");
    }
  }

  private Stream stream(String label) throws Exception {
    Exchange exchange =
        Exchange.start(
                program
                    .channel(label)
                    .newCall(Kinds.method(MethodType.BIDI_STREAMING), CallOptions.DEFAULT),
                new Metadata())
            .send(HELLO, 1);
    Served seen = Served.await(served);
    Served.await(seen.first);
    return new Stream(exchange, seen);
  }

  /// Both ends of a stream.
  private record Stream(Exchange exchange, Served seen) {
    void assertSpeaks() throws Exception {
      int heard = seen.requests.size();
      int answered = exchange.replies.size();
      assertFalse(exchange.isOver(), "the stream has ended");
      exchange.send(HELLO, 1);
      Until.holds("the server hears", () -> seen.requests.size() == heard + 1);
      if (answered == 0) {
        seen.call.sendHeaders(new Metadata());
      }
      seen.call.sendMessage(HELLO);
      Until.holds("the program hears", () -> exchange.replies.size() == answered + 1);
    }

    void assertEnded(Status.Code code, String reason) throws Exception {
      Status status = exchange.status();
      assertEquals(code, status.getCode(), status::toString);
      assertEquals(reason, status.getDescription());
      Served.await(seen.cancelled);
    }
  }

  private void assertRefused(String label, String reason) throws Exception {
    Status status = unary(label, new Metadata()).status();
    assertEquals(Status.Code.PERMISSION_DENIED, status.getCode(), status::toString);
    assertTrue(String.valueOf(status.getDescription()).startsWith(reason), status::toString);
  }

  private Exchange unary(String label, Metadata headers) {
    return Exchange.start(
            program.channel(label).newCall(Kinds.method(MethodType.UNARY), CallOptions.DEFAULT),
            headers)
        .send(HELLO, 1)
        .halfClose();
  }
}

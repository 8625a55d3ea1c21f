package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.Label;
import dev.farcap.session.MetadataKeys;
import dev.farcap.session.SessionCaller;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A server knows who calls from its own proxy, whatever the program says.
@Timeout(60)
class CallerProofTest {
  private static final byte[] HELLO = {1, 2, 3};

  @TempDir private Path folder;
  private final BlockingQueue<Served> served = new LinkedBlockingQueue<>();
  @AutoClose private Stage stage;
  private ProcessPair pair;

  @BeforeEach
  void open() throws Exception {
    stage = Stage.set(folder);
    stage.backend().keep(served, 2);
    pair = stage.pair();
  }

  @Test
  void theServerKnowsWhoCallsAndNobodyForgesIt() throws Exception {
    Metadata forged = new Metadata();
    forged.put(MetadataKeys.PEER, "farcap://lab/king");
    forged.put(MetadataKeys.GRANT, "ab".repeat(32));
    forged.put(MetadataKeys.ORIGIN, "forged");
    forged.put(MetadataKeys.OUTCOME, "forged");
    forged.put(MetadataKeys.OBJECT, HELLO);
    forged.put(Metadata.Key.of("farcap-later", Metadata.ASCII_STRING_MARSHALLER), "forged");
    // The last element is the program's own to choose; it cannot climb above its listener.
    forged.put(MetadataKeys.LABEL, "host-b -> throne");

    Exchange exchange =
        Exchange.start(
                stage
                    .program()
                    .channel()
                    .newCall(Kinds.method(MethodType.UNARY), CallOptions.DEFAULT),
                forged)
            .send(HELLO, 1)
            .halfClose();
    Served seen = Served.await(served);
    Metadata answer = new Metadata();
    answer.put(MetadataKeys.ORIGIN, "forged");
    answer.put(MetadataKeys.OUTCOME, "not-executed");
    answer.put(MetadataKeys.LABEL, "forged");
    seen.call.close(Status.PERMISSION_DENIED, answer);

    SessionCaller caller = SessionCaller.of(seen.headers);
    assertEquals(LabRealm.HOST_A, caller.identity());
    assertEquals(Label.of("host-a", "app", "host-b", "throne"), caller.label());
    assertEquals(sha256(pair.grants().resolve(Kinds.SERVICE + ".grant")), caller.grant());
    assertEquals(
        Set.of("farcap-label", "farcap-peer", "farcap-session", "farcap-grant"),
        ours(seen.headers));
    for (String key : ours(seen.headers)) {
      assertEquals(1, values(seen.headers, key), key);
    }
    assertEquals(Status.Code.PERMISSION_DENIED, exchange.status().getCode());
    assertEquals(Set.of(), ours(exchange.trailers()), "the server says what proxies say");
    assertAudited(pair.server(), "decision=accepted", caller);
    assertAudited(pair.client(), "decision=opening", null);
  }

  private void assertAudited(ProxyProcess process, String decision, @Nullable SessionCaller by)
      throws Exception {
    String grant = sha256(pair.grants().resolve(Kinds.SERVICE + ".grant"));
    assertTrue(
        process
            .log()
            .lines()
            .filter(line -> line.contains(decision) && line.contains("grant=" + grant))
            .anyMatch(line -> by == null || line.contains("session=" + by.session() + " ")),
        process::log);
  }

  private static Set<String> ours(Metadata metadata) {
    return metadata.keys().stream()
        .filter(key -> key.startsWith(MetadataKeys.PREFIX))
        .collect(Collectors.toSet());
  }

  private static int values(Metadata metadata, String key) {
    int count = 0;
    for (String _ :
        Objects.requireNonNull(
            metadata.getAll(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER)))) {
      count++;
    }
    return count;
  }

  private static String sha256(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }
}

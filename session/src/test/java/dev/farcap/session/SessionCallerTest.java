package dev.farcap.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.SessionCaller.Proof;
import io.grpc.Context;
import io.grpc.Metadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionCallerTest {
  private static final SessionCaller VERIFIED =
      new SessionCaller(
          "farcap://lab/host-a/1",
          Label.of("host-a", "größe", "100 %"),
          new Proof(Identity.parse("farcap://lab/host-a"), "ab".repeat(32)),
          new ObjectRef(
              new KeyId("cd".repeat(32)),
              new Id128("01".repeat(16)),
              new Id128("02".repeat(16)),
              "acme.Lamp"));

  @Test
  void whatIsWrittenIsRead() {
    assertEquals(VERIFIED, SessionCaller.of(written()));
  }

  @Test
  void verifiedCallerIsKnown() {
    SessionCaller caller = SessionCaller.of(written());

    assertTrue(caller.isVerified());
    assertEquals(Identity.parse("farcap://lab/host-a"), caller.identity());
    assertEquals("ab".repeat(32), caller.grant());
  }

  @Test
  void callWithoutProxyIsOfNobody() {
    SessionCaller caller = SessionCaller.of(new Metadata());

    assertEquals(new SessionCaller("", Label.EMPTY, null, null), caller);
    assertFalse(caller.isVerified());
    assertNull(caller.object());
    assertThrows(IllegalStateException.class, caller::identity);
    assertThrows(IllegalStateException.class, caller::grant);
  }

  @Test
  void callWithoutProxyMayNameItsSessionAndLabel() {
    Metadata headers = new Metadata();
    headers.put(MetadataKeys.SESSION, "mine");
    headers.put(MetadataKeys.LABEL, "hall -> door");

    SessionCaller caller = SessionCaller.of(headers);

    assertEquals(new SessionCaller("mine", Label.of("hall", "door"), null, null), caller);
    assertThrows(IllegalStateException.class, caller::identity);
  }

  @ParameterizedTest
  @ValueSource(strings = {"farcap-peer", "farcap-grant", "farcap-session", "farcap-label"})
  void callVerifiedByHalfIsNone(String missing) {
    Metadata headers = written();
    headers.discardAll(Metadata.Key.of(missing, Metadata.ASCII_STRING_MARSHALLER));

    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> SessionCaller.of(headers));

    assertEquals("the call has no '" + missing + "'", refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"farcap-peer, host-a", "farcap-label, a ->  -> b"})
  void valueThatIsNoneIsRefused(String key, String value) {
    Metadata headers = written();
    Metadata.Key<String> written = Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER);
    headers.discardAll(written);
    headers.put(written, value);

    assertThrows(IllegalArgumentException.class, () -> SessionCaller.of(headers));
  }

  @Test
  void hostedServiceHasItsCallerInItsContext() throws Exception {
    Context call = VERIFIED.in(Context.ROOT);

    assertEquals(VERIFIED, call.call(SessionCaller::current));
    assertThrows(IllegalStateException.class, () -> Context.ROOT.call(SessionCaller::current));
  }

  private static Metadata written() {
    Metadata headers = new Metadata();
    VERIFIED.write(headers);
    return headers;
  }
}

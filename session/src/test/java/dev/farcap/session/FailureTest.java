package dev.farcap.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailureTest {
  @ParameterizedTest
  @CsvSource({
    "REFUSED, PERMISSION_DENIED",
    "OVERLOADED, RESOURCE_EXHAUSTED",
    "DISCONNECTED, UNAVAILABLE",
    "UNIMPLEMENTED, UNIMPLEMENTED",
    "FAILED, INTERNAL"
  })
  void whatTheCallerDoesNextDecidesTheStatus(Failure.Kind kind, Status.Code code) {
    Status status = Failure.unknown(kind, "why").status();

    assertEquals(code, status.getCode());
    assertEquals("why", status.getDescription());
  }

  @Test
  void trailersSayWhoSpeaksAndWhetherItMayHaveBeenExecuted() {
    StatusRuntimeException never =
        Failure.notExecuted(Failure.Kind.REFUSED, "no").exception("client-proxy");
    Metadata perhaps = Failure.unknown(Failure.Kind.DISCONNECTED, "gone").trailers("link");

    Metadata trailers = never.getTrailers();
    assertNotNull(trailers);
    assertEquals("client-proxy", trailers.get(MetadataKeys.ORIGIN));
    assertEquals("not-executed", trailers.get(MetadataKeys.OUTCOME));
    assertEquals("unknown", perhaps.get(MetadataKeys.OUTCOME));
    assertEquals(Status.Code.PERMISSION_DENIED, never.getStatus().getCode());
  }
}

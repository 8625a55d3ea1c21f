package dev.farcap.session;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Metadata;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataKeysTest {
  private static final Metadata.Key<String> OTHER =
      Metadata.Key.of("x-farcap-label", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<byte[]> OTHER_BINARY =
      Metadata.Key.of("trace-bin", Metadata.BINARY_BYTE_MARSHALLER);

  @Test
  void strippingRemovesEveryKeyOfOursAndNothingElse() {
    Metadata metadata = new Metadata();
    metadata.put(MetadataKeys.LABEL, "forged");
    metadata.put(MetadataKeys.LABEL, "twice");
    metadata.put(MetadataKeys.OBJECT, new byte[] {1});
    metadata.put(
        Metadata.Key.of("farcap-new-in-a-later-release", Metadata.ASCII_STRING_MARSHALLER), "x");
    metadata.put(Metadata.Key.of("FARCAP-Peer", Metadata.ASCII_STRING_MARSHALLER), "upper case");
    metadata.put(OTHER, "a");
    metadata.put(OTHER_BINARY, new byte[] {2});
    metadata.put(OTHER, "b");

    MetadataKeys.strip(metadata);

    assertEquals(Set.of("x-farcap-label", "trace-bin"), metadata.keys());
    assertEquals(
        List.of("a", "b"),
        StreamSupport.stream(requireNonNull(metadata.getAll(OTHER)).spliterator(), false).toList());
  }

  @Test
  void strippingWhatIsEmptyChangesNothing() {
    Metadata metadata = new Metadata();

    MetadataKeys.strip(metadata);

    assertTrue(metadata.keys().isEmpty());
  }

  @ParameterizedTest
  @CsvSource(
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "host-a -> app1 -> config,host-a -> app1 -> config",
        "größe -> 名,gr%C3%B6%C3%9Fe -> %E5%90%8D",
        "100%,100%25",
        "%41,%2541",
        " a ,%20a%20",
        "😀,%F0%9F%98%80"
      })
  void everyLabelCrossesAHeaderUnchanged(String label, String header) {
    Metadata metadata = new Metadata();

    metadata.put(MetadataKeys.LABEL, label);

    assertEquals(
        header, metadata.get(Metadata.Key.of("farcap-label", Metadata.ASCII_STRING_MARSHALLER)));
    assertEquals(label, metadata.get(MetadataKeys.LABEL));
  }

  @ParameterizedTest
  @ValueSource(strings = {"100%", "%", "%4", "%zz", "50% off"})
  void aProgramThatEscapesNothingIsTakenByItsWord(String header) {
    Metadata metadata = new Metadata();

    metadata.put(Metadata.Key.of("farcap-label", Metadata.ASCII_STRING_MARSHALLER), header);

    assertEquals(header, metadata.get(MetadataKeys.LABEL));
  }

  @Test
  void everyNamedKeyIsOneOfOurs() {
    for (Metadata.Key<?> key :
        List.of(
            MetadataKeys.LABEL,
            MetadataKeys.PEER,
            MetadataKeys.SESSION,
            MetadataKeys.OBJECT,
            MetadataKeys.ORIGIN,
            MetadataKeys.OUTCOME)) {
      assertTrue(key.name().startsWith(MetadataKeys.PREFIX), key.name());
      assertFalse(key.name().equals(MetadataKeys.PREFIX));
    }
  }
}

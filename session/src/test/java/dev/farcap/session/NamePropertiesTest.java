package dev.farcap.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.SessionCaller.Proof;
import io.grpc.Metadata;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/// What holds for all labels, and for all that carries names from host to host.
class NamePropertiesTest {
  private static final Metadata.Key<String> RAW_LABEL =
      Metadata.Key.of("farcap-label", Metadata.ASCII_STRING_MARSHALLER);

  // ---- labels

  @Property
  void labelIsReadFromItsText(@ForAll("labels") Label label) {
    assertEquals(label, Label.parse(label.toString()));
  }

  @Property
  void everyTextIsOneLabelOrNone(@ForAll("texts") String text) {
    read(Label::parse, text).ifPresent(label -> assertEquals(text, label.toString()));
  }

  @Property
  void labelIsAListOfItsElements(
      @ForAll("labels") Label label, @ForAll("elements") String element) {
    if (label.elements().size() == Label.ELEMENTS_MAX) {
      return;
    }

    assertEquals(with(label.elements(), element), label.append(element).elements());
    assertEquals(with(List.of(element), label.elements()), label.prepend(element).elements());
    assertEquals(label, label.append(element).prefix());
    assertEquals(element, label.append(element).last());
  }

  @Property
  void prefixIsOneOfElements(
      @ForAll("labels") Label label,
      @ForAll("labels") Label other,
      @ForAll @IntRange(max = 16) int n) {
    List<String> elements = label.elements();
    Label beginning = new Label(elements.subList(0, Math.min(n, elements.size())));

    assertTrue(label.startsWith(beginning));
    boolean begins =
        (label + Label.SEPARATOR).startsWith(other + Label.SEPARATOR) || other.isEmpty();
    assertEquals(begins, label.startsWith(other));
  }

  private static List<String> with(List<String> elements, String last) {
    return with(elements, List.of(last));
  }

  private static List<String> with(List<String> first, List<String> then) {
    List<String> all = new ArrayList<>(first);
    all.addAll(then);
    return all;
  }

  // ---- headers

  @Property
  void labelCrossesAHeaderOfPrintableAscii(@ForAll("labels") Label label) {
    Metadata headers = new Metadata();
    headers.put(MetadataKeys.LABEL, label.toString());

    String raw = String.valueOf(headers.get(RAW_LABEL));
    assertTrue(raw.chars().allMatch(c -> c >= ' ' && c <= '~'), raw);
    assertEquals(raw.strip(), raw);
    assertEquals(label.toString(), headers.get(MetadataKeys.LABEL));
  }

  @Property
  void callerIsReadAsItWasWritten(
      @ForAll("labels") Label label,
      @ForAll("identities") Identity identity,
      @ForAll("objects") ObjectRef object,
      @ForAll boolean verified,
      @ForAll boolean ofObject) {
    SessionCaller caller =
        new SessionCaller(
            identity + "/7",
            label,
            verified ? new Proof(identity, "ab".repeat(32)) : null,
            ofObject ? object : null);
    Metadata headers = new Metadata();

    caller.write(headers);

    assertEquals(caller, SessionCaller.of(headers));
  }

  // ---- identities and objects

  @Property
  void identityIsReadFromItsText(@ForAll("identities") Identity identity) {
    assertEquals(identity, Identity.parse(identity.toString()));
  }

  @Property
  void everyTextIsOneIdentityOrNone(@ForAll("addresses") String text) {
    read(Identity::parse, text).ifPresent(identity -> assertEquals(text, identity.toString()));
  }

  @Property
  void objectIsReadFromItsBytes(@ForAll("objects") ObjectRef object) {
    assertEquals(object, ObjectRef.parse(object.toBytes()));
  }

  /// What it gives, or nothing if it refuses as it says it does.
  private static <T> Optional<T> read(Function<String, T> parse, String text) {
    try {
      return Optional.of(parse.apply(text));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  // ---- samples

  @Provide
  Arbitrary<Label> labels() {
    return elements().list().ofMaxSize(Label.ELEMENTS_MAX).map(Label::new);
  }

  @Provide
  Arbitrary<String> elements() {
    return Arbitraries.oneOf(texts(), Arbitraries.strings().ofMinLength(1).ofMaxLength(20))
        .filter(text -> read(Label::checkElement, text).isPresent());
  }

  /// Of the characters of the separator, mostly.
  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings().withChars(" ->a%é名").ofMaxLength(12);
  }

  @Provide
  Arbitrary<Identity> identities() {
    Arbitrary<String> names =
        Arbitraries.strings()
            .withCharRange('a', 'z')
            .withChars("0-_")
            .ofMinLength(1)
            .ofMaxLength(9);
    Arbitrary<String> paths = names.list().ofMinSize(1).ofMaxSize(4).map(s -> String.join("/", s));
    return Combinators.combine(names, paths).as(Identity::new);
  }

  @Provide
  Arbitrary<String> addresses() {
    return Arbitraries.strings().withChars("/a.:A").ofMaxLength(8).map(Identity.SCHEME::concat);
  }

  @Provide
  Arbitrary<ObjectRef> objects() {
    return Combinators.combine(
            hex(KeyId.BYTES).map(KeyId::new),
            hex(Id128.BYTES).map(Id128::new),
            hex(Id128.BYTES).map(Id128::new),
            Arbitraries.of("acme.Lamp", "farcap.signal.v1.Signals"))
        .as(ObjectRef::new);
  }

  private static Arbitrary<String> hex(int bytes) {
    return Arbitraries.strings().withChars("0123456789abcdef").ofLength(2 * bytes);
  }
}

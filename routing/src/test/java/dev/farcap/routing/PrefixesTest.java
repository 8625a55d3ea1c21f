package dev.farcap.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class PrefixesTest {
  @Property
  void allKeysThatTheTextBeginsWithAreFoundTheLongestFirst(
      @ForAll("keys") Set<String> keys, @ForAll("texts") String text) {
    Map<String, String> entries = new HashMap<>();
    keys.forEach(key -> entries.put(key, key));
    List<String> found = new ArrayList<>();

    new Prefixes<>(entries).find(text, found::add);

    assertEquals(
        keys.stream()
            .filter(text::startsWith)
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList(),
        found);
  }

  @Provide
  Arbitrary<Set<String>> keys() {
    return texts().set().ofMaxSize(30);
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings().withChars('a', 'b', '\uffff').ofMaxLength(6);
  }
}

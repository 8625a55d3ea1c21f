package dev.farcap.ca;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.capability.BundleKey;
import dev.farcap.capability.SignedBundle;
import dev.farcap.capability.SigningKey;
import dev.farcap.capability.TrustBundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleStateTest {
  private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");

  private final SigningKey bundler = SigningKey.generate(new SecureRandom());
  private final SignedBundle first = bundle(1, "", 0);
  private final SignedBundle second = bundle(2, first.sha256(), 0);
  private final SignedBundle third = bundle(3, second.sha256(), 0);

  @TempDir Path folder;
  private BundleState state;

  @BeforeEach
  void openState() throws CaException {
    state = BundleState.open(folder.resolve("state"));
  }

  private SignedBundle bundle(long number, String previous, long later) {
    BundleKey key =
        new BundleKey(
            BundleKey.Usage.BUNDLE,
            BundleKey.State.ACTIVE,
            NOW,
            NOW.plus(Duration.ofDays(9)),
            new BundleKey.Material.Ed25519(bundler.verifyingKey()));
    return SignedBundle.sign(
        new TrustBundle("home", number, previous, NOW.plusMillis(later), List.of(key)),
        List.of(bundler));
  }

  private String refusal(SignedBundle offered, String pin) {
    return assertThrows(CaException.class, () -> state.accept(offered, pin)).getMessage();
  }

  @Test
  void pinnedBundleIsAcceptedAndKept() throws CaException {
    state.accept(first, first.sha256());
    BundleState reopened = BundleState.open(folder.resolve("state"));

    assertEquals(Optional.of(first.sha256()), reopened.current().map(SignedBundle::sha256));
    assertEquals(first, reopened.accept(first, first.sha256()));
  }

  @Test
  void otherThanThePinnedBundleIsRefusedNamingBothHashes() throws CaException {
    String message = refusal(second, first.sha256());

    assertTrue(message.contains(first.sha256()) && message.contains(second.sha256()), message);
    assertEquals(Optional.empty(), state.current());
  }

  @Test
  void successorIsAcceptedUnderTheOldPin() throws CaException {
    state.accept(first, first.sha256());
    state.accept(second, first.sha256());
    state.accept(third, first.sha256());

    assertEquals(Optional.of(3L), state.current().map(kept -> kept.bundle().number()));
  }

  @Test
  void olderBundleIsRefusedNamingBothNumbers() throws CaException {
    state.accept(first, first.sha256());
    state.accept(second, first.sha256());

    String message = refusal(first, first.sha256());

    assertTrue(message.contains("bundle 1 is older than 2"), message);
    assertEquals(Optional.of(2L), state.current().map(kept -> kept.bundle().number()));
  }

  @Test
  void whatTheDirectoryBroughtCountsThoughTheCredentialsAreOlder() throws CaException {
    state.accept(first, first.sha256());
    assertTrue(state.follow(second));
    assertFalse(state.follow(second));
    assertFalse(state.follow(first));
    BundleState reopened = BundleState.open(folder.resolve("state"));

    assertEquals(second.sha256(), reopened.accept(first, first.sha256()).sha256());
    assertTrue(reopened.follow(third));
    assertEquals(third.sha256(), reopened.accept(first, first.sha256()).sha256());
    assertEquals(third.sha256(), reopened.accept(third, first.sha256()).sha256());
    assertTrue(refusal(first, first.sha256()).contains("bundle 1 is older than 3"));
  }

  @Test
  void theDirectoryCanNeitherBranchOffNorSkip() throws CaException {
    state.accept(first, first.sha256());

    assertThrows(CaException.class, () -> state.follow(third));
    assertThrows(CaException.class, () -> state.follow(bundle(1, "", 1)));
    assertEquals(Optional.of(1L), state.current().map(kept -> kept.bundle().number()));
  }

  @Test
  void bundleAfterAGapIsRefusedNamingBothNumbers() throws CaException {
    state.accept(first, first.sha256());

    String message = refusal(third, first.sha256());

    assertTrue(message.contains("bundle 3") && message.contains("bundle 1"), message);
  }

  @Test
  void anotherBundleOfTheSameNumberIsRefusedNamingBothHashes() throws CaException {
    SignedBundle twin = bundle(1, "", 1);
    state.accept(first, first.sha256());

    String message = refusal(twin, first.sha256());

    assertTrue(message.contains(first.sha256()) && message.contains(twin.sha256()), message);
  }

  @Test
  void pinThatLeadsElsewhereIsRefused() throws CaException {
    state.accept(first, first.sha256());

    assertTrue(refusal(first, "0".repeat(64)).contains("bundle.state"));
  }

  @Test
  void damagedStateIsRefusedAndNamed() throws CaException, IOException {
    state.accept(first, first.sha256());
    Files.write(folder.resolve("state/bundle.state"), new byte[] {1, 2, 3});

    assertTrue(refusal(first, first.sha256()).contains("bundle.state is damaged"));
  }
}

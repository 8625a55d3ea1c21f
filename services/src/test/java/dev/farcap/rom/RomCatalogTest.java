package dev.farcap.rom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.farcap.rom.RomCatalog.Touch;
import dev.farcap.rom.RomEffect.Announce;
import dev.farcap.rom.RomEffect.Copy;
import dev.farcap.rom.RomEffect.Discard;
import dev.farcap.rom.RomEffect.End;
import dev.farcap.rom.RomEffect.Raise;
import dev.farcap.rom.RomEffect.Retry;
import dev.farcap.rom.RomEffect.Send;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The core without any file: events in, effects out.
class RomCatalogTest {
  private static final int BOUND = 2;
  private static final long REPLACED_BYTES_MAX = 150;

  private final List<RomEffect> effects = new ArrayList<>();
  private final RomCounters counters = new RomCounters();
  private long number = 100;
  private final RomCatalog catalog = catalog(Map.of());

  private RomCatalog catalog(Map<String, RomVersion> remembered) {
    RomConfig config =
        new RomConfig(
            Path.of("/root"),
            Path.of("/state"),
            Map.of(),
            BOUND,
            BOUND,
            BOUND,
            1_000,
            REPLACED_BYTES_MAX);
    return new RomCatalog(config, () -> ++number, remembered, counters, effects::add);
  }

  @Test
  void firstWatcherCausesACopyAndIsToldItsVersion() {
    catalog.watch(1, "a", 0);
    catalog.watchReady(1);
    Copy copy = only(Copy.class);

    catalog.copied("a", copy.copy(), content('x'));

    assertEquals(
        new Announce(1, version(copy.copy(), 'x'), spooled(copy.copy())), only(Announce.class));
  }

  @Test
  void eventOnAFileThatNobodyUsesIsIgnored() {
    catalog.touched("a", Touch.WRITTEN);

    assertEquals(List.of(), effects);
  }

  @ParameterizedTest
  @CsvSource({"WRITTEN, true", "REPLACED, true", "WRITING, false"})
  void fileInUseIsCopiedWhenItWasClosedOrReplaced(Touch touch, boolean copied) {
    publish("a", 'x');

    catalog.touched("a", touch);

    assertEquals(copied ? 1 : 0, take(Copy.class).size());
  }

  @ParameterizedTest
  @CsvSource({
    // touch during the copy, published, copied again at once, tried again later
    "REPLACED, true, true, false",
    "WRITTEN, false, true, false",
    "WRITING, false, false, true",
  })
  void copyOverlappedByAnEventIsJudgedByIt(
      Touch touch, boolean published, boolean again, boolean later) {
    publish("a", 'x');
    toldAndReady(1);
    catalog.touched("a", Touch.WRITTEN);
    Copy copy = only(Copy.class);

    catalog.touched("a", touch);
    catalog.copied("a", copy.copy(), content('y'));

    assertEquals(published ? 1 : 0, take(Announce.class).size());
    assertEquals(published ? 0 : 1, discarded(copy.copy()));
    assertEquals(again ? 1 : 0, take(Copy.class).size());
    assertEquals(later ? 1 : 0, take(Retry.class).size());
  }

  @Test
  void fileOpenForWritingIsTriedAgainAfterDoublingDelays() {
    catalog.watch(1, "a", 0);
    List<Long> delays = new ArrayList<>();

    for (int i = 0; i < 12; i++) {
      catalog.copied("a", only(Copy.class).copy(), new CopyResult.Busy());
      delays.add(only(Retry.class).delayMs());
      catalog.retry("a");
    }

    assertEquals(List.of(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L, 1_000L, 1_000L), delays);
  }

  @Test
  void fileOpenForWritingIsCopiedAtOnceWhenItIsClosed() {
    catalog.watch(1, "a", 0);
    catalog.copied("a", only(Copy.class).copy(), new CopyResult.Busy());
    effects.clear();

    catalog.touched("a", Touch.WRITTEN);
    catalog.retry("a");

    only(Copy.class);
  }

  @Test
  void watcherThatIsNotReadyIsToldTheNewestOnly() {
    publish("a", 'x');
    republish("a", content('y'));
    long newest = republish("a", content('z'));

    catalog.watchReady(1);

    assertEquals(new Announce(1, version(newest, 'z'), spooled(newest)), only(Announce.class));
  }

  @Test
  void watcherThatHasTheVersionIsNotTold() {
    long have = publish("a", 'x');

    catalog.watch(2, "a", have);
    catalog.watchReady(2);

    assertEquals(List.of(), take(Announce.class));
  }

  @Test
  void sameContentKeepsItsNumber() {
    publish("a", 'x');
    toldAndReady(1);

    long copy = republish("a", content('x'));

    assertEquals(List.of(), take(Announce.class));
    assertEquals(1, discarded(copy));
  }

  @Test
  void smallCopyIsToldAndLeavesNothingInTheSpool() {
    publish("a", 'x');
    toldAndReady(1);
    ByteString small = ByteString.copyFromUtf8("small");

    long copy = republish("a", new CopyResult.Content(5, hash('y'), small));
    republish("a", new CopyResult.Content(5, hash('y'), small));
    catalog.touched("a", Touch.WRITTEN);
    catalog.touched("a", Touch.WRITING);
    catalog.copied("a", only(Copy.class).copy(), new CopyResult.Content(5, hash('z'), small));

    assertEquals(new PrivateCopy(copy, small), only(Announce.class).copy());
    assertEquals(1, take(Discard.class).size(), "only the first was in the spool");
  }

  @Test
  void removalIsAVersion() {
    publish("a", 'x');
    toldAndReady(1);

    long gone = republish("a", new CopyResult.Missing());

    assertEquals(
        new Announce(1, RomVersion.absent(gone), PrivateCopy.NOTHING), only(Announce.class));
  }

  @Test
  void contentRememberedFromTheRunBeforeKeepsItsNumber() {
    RomCatalog restarted = catalog(Map.of("a", version(7, 'x'), "b", version(8, 'x')));
    restarted.watch(1, "a", 7);
    restarted.watchReady(1);
    restarted.copied("a", only(Copy.class).copy(), content('x'));
    assertEquals(List.of(), take(Announce.class));
    restarted.watch(2, "b", 8);
    restarted.watchReady(2);

    restarted.copied("b", only(Copy.class).copy(), content('y'));

    assertTrue(only(Announce.class).version().number() > 8);
  }

  @Test
  void readerWaitsForTheFirstVersion() {
    catalog.read(1, "a", 0, 0);
    Copy copy = only(Copy.class);

    catalog.copied("a", copy.copy(), content('x'));

    assertEquals(new Send(1, version(copy.copy(), 'x'), spooled(copy.copy()), 0), only(Send.class));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 60, 100})
  void readerOfTheSameVersionContinues(long offset) {
    long have = publish("a", 'x');

    catalog.read(2, "a", have, offset);

    assertEquals(offset, only(Send.class).offset());
  }

  @Test
  void readerOfAReplacedVersionStartsOver() {
    long have = publish("a", 'x');
    republish("a", content('y'));

    catalog.read(2, "a", have, 60);

    assertEquals(0, only(Send.class).offset());
  }

  @Test
  void offsetBeyondTheEndIsRefused() {
    long have = publish("a", 'x');

    catalog.read(2, "a", have, 101);

    assertEquals(Status.Code.OUT_OF_RANGE, only(End.class).status().getCode());
  }

  @Test
  void oldestReadersOfReplacedVersionsMakeRoom() {
    publish("a", 'x');
    catalog.read(2, "a", 0, 0);
    republish("a", content('y'));
    catalog.read(3, "a", 0, 0);
    assertEquals(List.of(), take(End.class));

    republish("a", content('z'));

    End end = only(End.class);
    assertEquals(2, end.call());
    assertEquals(Status.Code.ABORTED, end.status().getCode());
    assertEquals(1, counters.aborted());
  }

  @Test
  void moduleThatNobodyUsesMakesRoomAndItsNumbersStillGrow() {
    long have = publish("a", 'x');
    catalog.watchEnded(1);
    catalog.watch(2, "b", 0);
    catalog.watch(3, "c", 0);
    catalog.watchEnded(2);
    copies().forEach(copy -> catalog.copied(copy.module(), copy.copy(), new CopyResult.Missing()));
    catalog.watch(4, "a", have);
    catalog.watchReady(4);

    catalog.copied("a", only(Copy.class).copy(), new CopyResult.Missing());

    assertTrue(only(Announce.class).version().number() > have);
  }

  @Test
  void boundsAreNamedAndCounted() {
    catalog.watch(1, "a", 0);
    catalog.watch(2, "b", 0);

    catalog.watch(3, "a", 0);
    catalog.read(4, "c", 0, 0);
    Status signal = catalog.sigh("s", "c", 0);

    List<End> ends = take(End.class);
    assertEquals("too many watchers, limit 2", ends.get(0).status().getDescription());
    assertEquals("too many modules in use, limit 2", ends.get(1).status().getDescription());
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, signal.getCode());
    assertEquals(3, counters.refused());
  }

  @Test
  void fileThatCannotBeServedEndsWhoWaitsForIt() {
    catalog.watch(1, "a", 0);
    catalog.read(2, "a", 0, 0);

    catalog.copied("a", only(Copy.class).copy(), new CopyResult.Failed(Status.RESOURCE_EXHAUSTED));

    assertEquals(List.of(1L, 2L), take(End.class).stream().map(End::call).toList());
  }

  @Test
  void fileThatCannotBeServedAnyMoreLeavesTheLastVersion() {
    long have = publish("a", 'x');
    republish("a", new CopyResult.Failed(Status.RESOURCE_EXHAUSTED));
    effects.clear();

    catalog.read(2, "a", 0, 0);

    assertEquals(have, only(Send.class).version().number());
    assertEquals(1, counters.unreadable());
  }

  @Test
  void signalIsRaisedAtOnceIfOutdatedAndForEveryNewerVersion() {
    long have = publish("a", 'x');
    catalog.sigh("current", "a", have);
    assertEquals(List.of(), take(Raise.class));
    catalog.sigh("outdated", "a", 0);
    assertEquals(new Raise("outdated"), only(Raise.class));

    republish("a", content('y'));

    assertEquals(List.of(new Raise("current"), new Raise("outdated")), take(Raise.class));
  }

  @Test
  void signalRegisteredAgainReplacesTheOneBefore() {
    long have = publish("a", 'x');
    catalog.sigh("s", "a", have);
    catalog.sigh("s", "a", have);
    republish("a", content('y'));
    assertEquals(1, take(Raise.class).size());

    catalog.sighEnded("s");
    republish("a", content('z'));

    assertEquals(List.of(), take(Raise.class));
  }

  @Test
  void lostEventsMakeEverythingBelowBeCopiedAgain() {
    publish("a/b", 'x');
    catalog.watch(2, "ab", 0);
    catalog.copied("ab", only(Copy.class).copy(), content('x'));

    catalog.touchedBelow("a");
    assertEquals("a/b", only(Copy.class).module());
    catalog.touchedBelow("");

    assertEquals("ab", only(Copy.class).module());
  }

  /// Watcher 1 gets the module to its first version.
  private long publish(String module, char letter) {
    catalog.watch(1, module, 0);
    long copy = only(Copy.class).copy();
    catalog.copied(module, copy, content(letter));
    effects.clear();
    return copy;
  }

  private void toldAndReady(long watcher) {
    catalog.watchReady(watcher);
    catalog.watchReady(watcher);
    effects.clear();
  }

  private long republish(String module, CopyResult result) {
    catalog.touched(module, Touch.WRITTEN);
    long copy = only(Copy.class).copy();
    catalog.copied(module, copy, result);
    return copy;
  }

  private static CopyResult.Content content(char letter) {
    return new CopyResult.Content(100, hash(letter), null);
  }

  private static PrivateCopy spooled(long copy) {
    return new PrivateCopy(copy, null);
  }

  private static RomVersion version(long number, char letter) {
    return RomVersion.present(number, 100, hash(letter));
  }

  private static ByteString hash(char letter) {
    return ByteString.copyFromUtf8(String.valueOf(letter).repeat(RomVersion.HASH_BYTES));
  }

  private List<Copy> copies() {
    return take(Copy.class);
  }

  private long discarded(long copy) {
    return take(Discard.class).stream().filter(d -> d.copy() == copy).count();
  }

  private <T extends RomEffect> T only(Class<T> kind) {
    List<T> found = take(kind);
    assertEquals(1, found.size(), () -> kind.getSimpleName() + " among " + effects);
    return assertInstanceOf(kind, found.getFirst());
  }

  /// Takes away and returns the effects of one kind.
  private <T extends RomEffect> List<T> take(Class<T> kind) {
    List<T> found = effects.stream().filter(kind::isInstance).map(kind::cast).toList();
    effects.removeIf(kind::isInstance);
    return found;
  }
}

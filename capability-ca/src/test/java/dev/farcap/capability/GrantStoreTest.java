package dev.farcap.capability;

import static dev.farcap.capability.TestRealm.DAY;
import static dev.farcap.capability.TestRealm.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.SessionRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrantStoreTest {
  private static final Identity SERVER = Identity.parse("farcap://home/host-b");
  private static final SessionRequest REQUEST =
      SessionRequest.of("farcap.rom.v1.Rom", Label.of("app", "config"));

  private final TestRealm realm = new TestRealm("home");
  @TempDir Path folder;
  private GrantStore store;

  @BeforeEach
  void openStore() {
    store = new GrantStore(folder, realm.holder.id());
  }

  private void put(String file, byte[] bytes) throws IOException {
    Files.write(folder.resolve(file), bytes);
  }

  private Optional<String> chosen() {
    return store.choose(REQUEST, SERVER).map(stored -> stored.file().getFileName().toString());
  }

  @Test
  void grantThatMatchesIsChosen() throws IOException {
    put("other-service.grant", realm.signed(g -> g.setService("farcap.log.v1.Log")));
    put("other-server.grant", realm.signed(g -> g.setServer("farcap://home/host-c")));
    put("other-label.grant", realm.signed(g -> g.setLabel(label("net1"))));
    put("rom.grant", realm.token().bytes());

    assertEquals(List.of(), store.reload());

    assertEquals(4, store.grants().size());
    assertEquals(Optional.of("rom.grant"), chosen());
  }

  private static dev.farcap.capability.wire.LabelPattern label(String element) {
    return dev.farcap.capability.wire.LabelPattern.newBuilder()
        .setMatch(dev.farcap.capability.wire.LabelMatch.LABEL_MATCH_PREFIX)
        .addElements(element)
        .build();
  }

  @Test
  void ofSeveralTheOneThatExpiresLastIsChosen() throws IOException {
    put("a.grant", realm.signed(g -> g.setExpiresMs(NOW.plus(DAY).toEpochMilli())));
    put("b.grant", realm.signed(g -> g.setExpiresMs(NOW.plus(DAY).toEpochMilli() + 1)));
    put("c.grant", realm.signed(g -> g.setExpiresMs(NOW.plus(DAY).toEpochMilli() - 1)));

    store.reload();

    assertEquals(Optional.of("b.grant"), chosen());
  }

  @Test
  void ofEqualsTheLowestSerialIsChosen() throws IOException {
    for (int serial : new int[] {7, 3, 200}) {
      byte[] bytes = new byte[16];
      bytes[0] = (byte) serial;
      put(
          serial + ".grant",
          realm.signed(g -> g.setSerial(com.google.protobuf.ByteString.copyFrom(bytes))));
    }

    store.reload();

    assertEquals(Optional.of("3.grant"), chosen());
  }

  @Test
  void unusableFilesAreNamedAndTheOthersCount() throws IOException {
    put("rom.grant", realm.token().bytes());
    put("garbage.grant", new byte[] {1, 2, 3});
    put("large.grant", new byte[Token.BYTES_MAX + 1]);
    put("not-mine.grant", new TestRealm("home").token().bytes());
    put("notes.txt", new byte[] {1});

    List<String> problems = store.reload();

    assertEquals(3, problems.size(), problems.toString());
    for (String file : List.of("garbage.grant", "large.grant", "not-mine.grant")) {
      assertTrue(problems.stream().anyMatch(p -> p.contains(file)), problems.toString());
    }
    assertEquals(Optional.of("rom.grant"), chosen());
  }

  @Test
  void whatIsRemovedIsForgottenAtTheNextReload() throws IOException {
    put("rom.grant", realm.token().bytes());
    store.reload();

    Files.delete(folder.resolve("rom.grant"));

    assertEquals(Optional.of("rom.grant"), chosen());
    store.reload();
    assertEquals(Optional.empty(), chosen());
  }

  @Test
  void missingFolderIsAProblemThatNamesIt() {
    GrantStore missing = new GrantStore(folder.resolve("none"), realm.holder.id());

    List<String> problems = missing.reload();

    assertEquals(1, problems.size());
    assertTrue(problems.getFirst().startsWith(folder.resolve("none").toString()));
  }
}

package dev.farcap.rom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.farcap.rom.v1.Chunk;
import dev.farcap.rom.v1.ReadRequest;
import dev.farcap.rom.v1.RomGrpc;
import dev.farcap.rom.v1.SighRequest;
import dev.farcap.rom.v1.Version;
import dev.farcap.rom.v1.WatchRequest;
import dev.farcap.services.SessionLabel;
import dev.farcap.session.Id128;
import dev.farcap.session.KeyId;
import dev.farcap.session.Label;
import dev.farcap.session.MetadataKeys;
import dev.farcap.session.ObjectRef;
import dev.farcap.session.SessionRequest;
import dev.farcap.session.SignalPort;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The server on a real folder with the kernel's own events.
class RomServerTest {
  @TempDir Path folder;
  private RomHouse house;

  @BeforeEach
  void open() throws Exception {
    house = new RomHouse(RomHouse.config(folder), null);
  }

  @AfterEach
  void close() {
    house.close();
  }

  @Test
  void fileIsFetchedWithItsHash() throws Exception {
    house.put("config", "hello");

    RomVersion version = house.reader("config").fetch(folder.resolve("got"));

    assertEquals("hello", Files.readString(folder.resolve("got")));
    assertEquals(5, version.length());
  }

  @Test
  void replacedFileIsANewVersion() throws Exception {
    house.put("config", "one");
    BlockingQueue<RomVersion> told = house.watch("config", 0);
    RomVersion first = RomHouse.next(told);

    house.put("config", "three");

    RomVersion second = RomHouse.next(told);
    assertTrue(second.number() > first.number());
    assertEquals(5, second.length());
  }

  @Test
  void fileWrittenInPlaceIsPublishedWhenItIsClosed() throws Exception {
    house.put("config", "one");
    BlockingQueue<RomVersion> told = house.watch("config", 0);
    RomHouse.next(told);

    try (RandomAccessFile file =
        new RandomAccessFile(house.root.resolve("config").toFile(), "rw")) {
      file.write("first half,".getBytes(StandardCharsets.UTF_8));
      house.put("other", "something to wait for");
      RomHouse.next(house.watch("other", 0));
      assertTrue(told.isEmpty(), "told while the file was open for writing");
      file.write(" second half".getBytes(StandardCharsets.UTF_8));
    }

    assertEquals(23, RomHouse.next(told).length());
  }

  @Test
  void contentThatIsTheSameIsNoNewVersion() throws Exception {
    house.put("config", "same");
    BlockingQueue<RomVersion> told = house.watch("config", 0);
    RomVersion first = RomHouse.next(told);

    house.put("config", "same");
    house.put("config", "else");

    RomVersion second = RomHouse.next(told);
    assertFalse(second.sameContent(first));
  }

  @Test
  void removalAndReappearanceAreTold() throws Exception {
    house.put("config", "one");
    BlockingQueue<RomVersion> told = house.watch("config", 0);
    RomVersion first = RomHouse.next(told);

    Files.delete(house.root.resolve("config"));
    RomVersion gone = RomHouse.next(told);
    house.put("config", "one");
    RomVersion back = RomHouse.next(told);

    assertTrue(gone.absent() && gone.number() > first.number());
    assertTrue(!back.absent() && back.number() > gone.number());
  }

  @Test
  void watcherOfWhatIsNotThereYetIsToldOfItsAppearance() throws Exception {
    BlockingQueue<RomVersion> told = house.watch("later/config", 0);
    assertTrue(RomHouse.next(told).absent());

    Files.createDirectory(house.root.resolve("later"));
    house.put("later/config", "here");

    assertEquals(4, RomHouse.next(told).length());
  }

  @Test
  void renamedFolderTakesItsModulesAlong() throws Exception {
    Files.createDirectories(house.root.resolve("a/b"));
    house.put("a/b/config", "here");
    BlockingQueue<RomVersion> there = house.watch("c/b/config", 0);
    BlockingQueue<RomVersion> here = house.watch("a/b/config", 0);
    assertTrue(RomHouse.next(there).absent());
    assertFalse(RomHouse.next(here).absent());

    Files.move(house.root.resolve("a"), house.root.resolve("c"));

    assertTrue(RomHouse.next(here).absent());
    assertEquals(4, RomHouse.next(there).length());
    house.put("c/b/config", "changed");
    assertEquals(7, RomHouse.next(there).length());
  }

  @Test
  void rootThatIsExchangedIsOpenedAnew() throws Exception {
    house.put("config", "old");
    BlockingQueue<RomVersion> told = house.watch("config", 0);
    RomHouse.next(told);
    Path fresh = Files.createDirectory(folder.resolve("fresh"));
    Files.writeString(fresh.resolve("config"), "newer");

    Files.move(house.root, folder.resolve("away"));
    Files.move(fresh, house.root);

    RomVersion version = RomHouse.next(told);
    while (version.absent()) {
      version = RomHouse.next(told);
    }
    assertEquals(5, version.length());
    house.put("config", "newest");
    assertEquals(6, RomHouse.next(told).length());
  }

  @Test
  void hardLinkIsPublishedWithoutAClose() throws Exception {
    BlockingQueue<RomVersion> told = house.watch("linked", 0);
    assertTrue(RomHouse.next(told).absent());
    Path outside = Files.writeString(folder.resolve("outside"), "content");

    Files.createLink(house.root.resolve("linked"), outside);

    assertEquals(7, RomHouse.next(told).length());
  }

  @Test
  void linkIsNoModuleWhereverItLeads() throws Exception {
    Path outside = Files.createDirectories(folder.resolve("outside"));
    Files.writeString(outside.resolve("secret"), "secret");
    Files.createSymbolicLink(house.root.resolve("file"), outside.resolve("secret"));
    Files.createSymbolicLink(house.root.resolve("folder"), outside);

    assertTrue(house.reader("file").fetch(folder.resolve("got")).absent());
    assertTrue(house.reader("folder/secret").fetch(folder.resolve("got")).absent());
    assertFalse(Files.exists(folder.resolve("got")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../secret", "a/../../secret", "/etc/passwd", "a//b", ".hidden", "a/.b", "."})
  void nameThatIsNoPathBelowTheRootIsRefused(String name) {
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class, () -> house.reader(name).fetch(folder.resolve("got")));

    assertEquals(Status.Code.INVALID_ARGUMENT, e.getStatus().getCode());
    assertTrue(e.toString().contains("'" + name + "' is no module"), e.toString());
  }

  @Test
  void folderIsNoModule() throws Exception {
    Files.createDirectory(house.root.resolve("sub"));

    assertTrue(house.reader("sub").fetch(folder.resolve("got")).absent());
  }

  @Test
  void defaultContentStandsInForAMissingFile() throws Exception {
    close();
    RomConfig config =
        RomHouse.config(folder).withDefaults(Map.of("config", ByteString.copyFromUtf8("<empty/>")));
    house = new RomHouse(config, null);
    BlockingQueue<RomVersion> told = house.watch("config", 0);
    assertEquals(8, RomHouse.next(told).length());

    house.put("config", "real");
    assertEquals(4, RomHouse.next(told).length());

    Files.delete(house.root.resolve("config"));
    assertEquals(8, RomHouse.next(told).length());
    house.reader("config").fetch(folder.resolve("got"));
    assertEquals("<empty/>", Files.readString(folder.resolve("got")));
  }

  @Test
  void numbersGrowAcrossARestartAndSameContentKeepsItsOwn() throws Exception {
    house.put("same", "same");
    house.put("other", "before");
    RomVersion same = RomHouse.next(house.watch("same", 0));
    RomVersion other = RomHouse.next(house.watch("other", 0));

    close();
    Files.writeString(folder.resolve("root/other"), "after");
    house = new RomHouse(RomHouse.config(folder), null);

    assertEquals(same, RomHouse.next(house.watch("same", 0)));
    assertTrue(RomHouse.next(house.watch("other", 0)).number() > other.number());
    assertTrue(RomHouse.next(house.watch("missing", 0)).number() > other.number());
  }

  @Test
  void secondServerOnOneStateFolderIsRefused() {
    Exception e =
        assertThrows(IOException.class, () -> new RomHouse(RomHouse.config(folder), null).close());

    assertTrue(e.toString().contains("another ROM server"), e.toString());
  }

  @Test
  void fileOverTheBoundIsRefusedByName() throws Exception {
    close();
    Path root = Files.createDirectories(folder.resolve("root"));
    house =
        new RomHouse(
            new RomConfig(root, folder.resolve("state"), Map.of(), 8, 8, 8, 10, 100), null);
    house.put("large", "eleven bytes");

    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class, () -> house.reader("large").fetch(folder.resolve("got")));

    assertEquals(Status.Code.RESOURCE_EXHAUSTED, e.getStatus().getCode());
    assertEquals("module 'large' is 12 bytes, limit 10", e.getStatus().getDescription());
    assertEquals(1, house.rom.counters().unreadable());
  }

  @Test
  void fetchContinuesWhereItWasWhileTheVersionIsTheSame() throws Exception {
    byte[] content = new byte[300_000];
    new Random(1).nextBytes(content);
    house.put("big", content);
    RomVersion version = RomHouse.next(house.watch("big", 0));
    RomHouse.Recorder<Chunk> chunks = new RomHouse.Recorder<>();

    RomGrpc.newStub(house.channel("big"))
        .read(
            ReadRequest.newBuilder().setHave(version.number()).setOffset(299_990).build(), chunks);

    assertEquals(Status.OK, chunks.ended.take());
    Chunk first = chunks.values.take();
    assertEquals(299_990, first.getOffset());
    assertEquals(ByteString.copyFrom(content, 299_990, 10), first.getData());
  }

  @Test
  void stalledReaderGetsAllOfTheVersionItBeganWith() throws Exception {
    byte[] content = new byte[4 << 20];
    Arrays.fill(content, (byte) 'A');
    house.put("big", content);
    BlockingQueue<RomVersion> told = house.watch("big", 0);
    RomVersion first = RomHouse.next(told);
    var seen = new ArrayList<RomVersion>();

    RomVersion fetched =
        house
            .reader("big")
            .fetch(
                new RomSink() {
                  private boolean replaced;

                  @Override
                  public void begin(RomVersion version) {
                    seen.add(version);
                  }

                  @Override
                  public void data(ByteBuffer bytes) throws IOException {
                    if (!replaced) {
                      replaced = true;
                      house.put("big", "short");
                      try {
                        RomHouse.next(told);
                      } catch (InterruptedException e) {
                        throw new IOException(e);
                      }
                    }
                  }
                });

    assertEquals(first, fetched);
    assertEquals(List.of(first), seen);
  }

  @ParameterizedTest
  @CsvSource({"8192, 8192, true", "8192, 8191, false", "8193, 100000, false"})
  void contentThatIsSmallAndWantedComesWithItsVersion(int bytes, int wanted, boolean comes)
      throws Exception {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    house.put("config", content);
    RomHouse.Recorder<Version> told = new RomHouse.Recorder<>();

    RomGrpc.newStub(house.channel("config"))
        .watch(WatchRequest.newBuilder().setContentBytesMax(wanted).build(), told);

    Version version = told.values.take();
    assertEquals(bytes, version.getLength());
    assertEquals(comes ? ByteString.copyFrom(content) : ByteString.EMPTY, version.getContent());
    assertEquals(
        bytes <= PrivateCopy.SMALL_BYTES_MAX ? 0 : 1,
        filesIn(folder.resolve("state/spool")),
        "in the spool");
  }

  private static int filesIn(Path folder) {
    String[] names = folder.toFile().list();
    return names == null ? 0 : names.length;
  }

  @Test
  void smallVersionIsReadFromWhereTheReaderStands() throws Exception {
    house.put("config", "0123456789");
    RomVersion version = RomHouse.next(house.watch("config", 0));

    Chunk rest =
        RomGrpc.newBlockingStub(house.channel("config"))
            .read(ReadRequest.newBuilder().setHave(version.number()).setOffset(4).build())
            .next();

    assertEquals("456789", rest.getData().toStringUtf8());
    assertEquals(4, rest.getOffset());
  }

  @Test
  void messagesStayWithin32Kib() throws Exception {
    house.put("big", new byte[100_000]);
    RomHouse.Recorder<Chunk> chunks = new RomHouse.Recorder<>();

    RomGrpc.newStub(house.channel("big")).read(ReadRequest.getDefaultInstance(), chunks);

    assertEquals(Status.OK, chunks.ended.take());
    assertEquals(4, chunks.values.size());
    chunks.values.forEach(chunk -> assertTrue(chunk.getSerializedSize() <= 32 * 1024));
  }

  @Test
  void watchOutlivesTheServer() throws Exception {
    close();
    house = new RomHouse(RomHouse.config(folder), null, "restarted");
    house.put("config", "one");
    BlockingQueue<RomVersion> told = new LinkedBlockingQueue<>();
    var channel = InProcessChannelBuilder.forName("restarted").build();
    var labelled = ClientInterceptors.intercept(channel, SessionLabel.asking(Label.of("config")));
    try (RomWatch _ = new RomReader(labelled).watch(0, RomHouse.into(told))) {
      RomVersion first = RomHouse.next(told);

      close();
      Files.writeString(folder.resolve("root/config"), "three");
      house = new RomHouse(RomHouse.config(folder), null, "restarted");

      RomVersion second = RomHouse.next(told);
      assertTrue(second.number() > first.number());
      assertEquals(5, second.length());
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void copyReplacedByCopyingOverIsPublished() throws Exception {
    house.put("config", "one");
    BlockingQueue<RomVersion> told = house.watch("config", 0);
    RomHouse.next(told);
    Path source = Files.writeString(folder.resolve("source"), "another one");

    Files.copy(source, house.root.resolve("config"), StandardCopyOption.REPLACE_EXISTING);

    RomVersion version = RomHouse.next(told);
    while (version.length() != 11) {
      version = RomHouse.next(told);
    }
  }

  @Test
  void changesAreFoundAlsoWhenTheKernelDroppedEvents() throws Exception {
    Files.createDirectory(house.root.resolve("sub"));
    house.put("sub/config", "one");
    BlockingQueue<RomVersion> told = house.watch("sub/config", 0);
    BlockingQueue<RomVersion> late = house.watch("late/config", 0);
    RomHouse.next(told);
    RomHouse.next(late);

    try (var _ = house.stallLoop()) {
      Path noise = Files.createFile(house.root.resolve("noise0"));
      int moves = queueEventsMax();
      for (int i = 1; i <= moves; i++) {
        noise = Files.move(noise, house.root.resolve("noise" + i % 2));
      }
      house.put("sub/config", "three");
      Files.createDirectory(house.root.resolve("late"));
      house.put("late/config", "here");
    }

    assertEquals(5, RomHouse.next(told).length());
    assertEquals(4, RomHouse.next(late).length());
    assertTrue(house.rom.counters().rescans() > 0, "no rescan");
  }

  @Test
  void signalIsRaisedForEveryNewerVersionUntilTheSessionEnds() throws Exception {
    close();
    BlockingQueue<ObjectRef> raised = new LinkedBlockingQueue<>();
    house = new RomHouse(RomHouse.config(folder), new RaisedInto(raised));
    house.put("config", "one");
    ObjectRef context =
        new ObjectRef(
            KeyId.of(new byte[KeyId.BYTES]),
            Id128.of(new byte[Id128.BYTES]),
            Id128.of(new byte[Id128.BYTES]),
            "farcap.signal.v1.Signals");
    Metadata session = new Metadata();
    session.put(MetadataKeys.SESSION, "s1");
    var stub =
        RomGrpc.newBlockingStub(house.channel("config"))
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(session));

    var _ =
        stub.sigh(
            SighRequest.newBuilder().setContext(ByteString.copyFrom(context.toBytes())).build());

    assertEquals(context, raised.poll(10, TimeUnit.SECONDS));
    house.put("config", "two");
    assertEquals(context, raised.poll(10, TimeUnit.SECONDS));
    house.sessions.end("s1");
    BlockingQueue<RomVersion> told = house.watch("config", 0);
    RomVersion before = RomHouse.next(told);
    house.put("config", "three");
    assertTrue(RomHouse.next(told).number() > before.number());
    assertTrue(raised.isEmpty());
  }

  @Test
  void sighWithoutSignalsIsUnimplemented() {
    var stub = RomGrpc.newBlockingStub(house.channel("config"));

    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class, () -> stub.sigh(SighRequest.getDefaultInstance()));

    assertEquals(Status.Code.UNIMPLEMENTED, e.getStatus().getCode());
  }

  /// A port that only raises.
  private record RaisedInto(BlockingQueue<ObjectRef> raised) implements SignalPort {
    @Override
    public SignalContext create(SessionRequest passedTo, LongConsumer handler) {
      throw new UnsupportedOperationException("a ROM server makes no contexts");
    }

    @Override
    public SignalTransmitter transmitter(ObjectRef context) {
      return new SignalTransmitter() {
        @Override
        public void submit() {
          raised.add(context);
        }

        @Override
        public boolean isDead() {
          return false;
        }

        @Override
        public void close() {}
      };
    }
  }

  private static int queueEventsMax() throws IOException {
    // A sysctl answers the first read only, so not by Files.readString, which begins with one byte.
    try (var sysctl = Files.newBufferedReader(Path.of("/proc/sys/fs/inotify/max_queued_events"))) {
      return Integer.parseInt(sysctl.readLine());
    }
  }
}

package dev.farcap.rom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.farcap.rom.v1.Chunk;
import dev.farcap.rom.v1.ReadRequest;
import dev.farcap.rom.v1.RomGrpc;
import dev.farcap.rom.v1.Version;
import dev.farcap.rom.v1.WatchRequest;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a reader makes of what a server says, be it true or not.
class RomReaderTest {
  private static final String CONTENT = "small";

  @TempDir Path folder;
  private final Said said = new Said();
  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void open() throws Exception {
    String name = UUID.randomUUID().toString();
    server = InProcessServerBuilder.forName(name).addService(said).build().start();
    channel = InProcessChannelBuilder.forName(name).build();
  }

  @AfterEach
  void close() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  @Test
  void contentThatCameAlongIsNotAskedFor() throws Exception {
    RomReader reader = new RomReader(channel);
    RomVersion told = told(reader, version(CONTENT).setContent(utf8(CONTENT)));

    RomVersion fetched = reader.fetch(told, folder.resolve("got"));

    assertEquals(told, fetched);
    assertEquals(CONTENT, Files.readString(folder.resolve("got")));
    assertEquals(0, said.reads.get());
  }

  @Test
  void absenceIsNotAskedFor() throws Exception {
    RomReader reader = new RomReader(channel);
    RomVersion told = told(reader, Version.newBuilder().setNumber(7).setAbsent(true));

    assertTrue(reader.fetch(told, RomSink.NOTHING).absent());
    assertEquals(0, said.reads.get());
  }

  @Test
  void contentThatDidNotComeAlongIsRead() throws Exception {
    RomReader reader = new RomReader(channel);
    RomVersion told = told(reader, version(CONTENT));

    reader.fetch(told, folder.resolve("got"));

    assertEquals(CONTENT, Files.readString(folder.resolve("got")));
    assertEquals(1, said.reads.get());
  }

  @Test
  void versionOtherThanTheLastOneToldIsRead() throws Exception {
    RomReader reader = new RomReader(channel);
    told(reader, version("other").setContent(utf8("other")));

    reader.fetch(RomVersion.of(version(CONTENT).build()), folder.resolve("got"));

    assertEquals(CONTENT, Files.readString(folder.resolve("got")));
  }

  @Test
  void contentThatCameAlongIsCheckedByItsHash() throws Exception {
    RomReader reader = new RomReader(channel);
    RomVersion told = told(reader, version(CONTENT).setContent(utf8("smell")));

    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> reader.fetch(told, folder.resolve("got")));

    assertEquals(Status.Code.DATA_LOSS, e.getStatus().getCode());
    assertTrue(Files.notExists(folder.resolve("got")));
  }

  private RomVersion told(RomReader reader, Version.Builder news) throws Exception {
    said.news = news.build();
    BlockingQueue<RomVersion> told = new LinkedBlockingQueue<>();
    try (RomWatch _ = reader.watch(0, RomHouse.into(told))) {
      return RomHouse.next(told);
    }
  }

  private static Version.Builder version(String content) {
    byte[] hash = RomCopier.sha256().digest(utf8(content).toByteArray());
    return Version.newBuilder()
        .setNumber(7)
        .setLength(content.length())
        .setSha256(ByteString.copyFrom(hash));
  }

  private static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }

  /// Tells a watcher what it was given to tell, and every reader the same content.
  private static final class Said extends RomGrpc.RomImplBase {
    private final AtomicInteger reads = new AtomicInteger();
    private volatile Version news = Version.getDefaultInstance();

    @Override
    public void watch(WatchRequest request, StreamObserver<Version> watcher) {
      watcher.onNext(news);
    }

    @Override
    public void read(ReadRequest request, StreamObserver<Chunk> reader) {
      reads.incrementAndGet();
      reader.onNext(Chunk.newBuilder().setVersion(version(CONTENT)).setData(utf8(CONTENT)).build());
      reader.onCompleted();
    }
  }
}

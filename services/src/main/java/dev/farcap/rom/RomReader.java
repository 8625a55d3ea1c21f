package dev.farcap.rom;

import com.google.protobuf.ByteString;
import dev.farcap.rom.v1.Chunk;
import dev.farcap.rom.v1.RomSession;
import dev.farcap.rom.v1.Version;
import dev.farcap.services.Backoff;
import dev.farcap.session.SessionStream;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// Reads one ROM module: the one that the channel's label names.
///
///     RomReader rom = new RomReader(ClientInterceptors.intercept(channel, asking(label)));
///     RomVersion version = rom.fetch(Path.of("config.yaml"));
///     try (RomWatch watch = rom.watch(version.number(), listener)) { … }
///
/// A listener that wants the content of what it is told fetches that version: if it is small it
/// came along, and nobody is asked.
///
/// Plain blocking code, made for virtual threads; any number of fetches and watches at once.
public final class RomReader {
  /// Longer than a link takes to resume or a server to restart.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final RomSession rom;
  private final Duration patience;

  /// The version that a watch of this reader told last, if its whole content came along.
  private volatile @Nullable Chunk told;

  /// A reader that tries again for half a minute.
  ///
  /// @param channel its calls carry the label whose last element is the module
  public RomReader(Channel channel) {
    this(channel, PATIENCE);
  }

  /// @param patience for how long a fetch tries again without getting any further
  public RomReader(Channel channel, Duration patience) {
    rom = RomSession.client(channel);
    this.patience = patience;
  }

  /// Fetches the newest version into a file, which is replaced atomically when the hash is right;
  /// until then, and where the module is absent, the file stays as it was.
  ///
  /// @throws StatusRuntimeException as [#fetch(RomSink)]
  /// @throws IOException if the file cannot be written
  public RomVersion fetch(Path target) throws IOException, InterruptedException {
    return fetch(target, RomSink.NOTHING);
  }

  /// Fetches the newest version into a file, as [#fetch(Path)], and lets somebody watch.
  ///
  /// @param watcher is given what the file is given
  /// @throws StatusRuntimeException as [#fetch(RomSink)]
  /// @throws IOException if the file cannot be written, or from the watcher
  public RomVersion fetch(Path target, RomSink watcher) throws IOException, InterruptedException {
    return into(target, file -> fetch(new FileSink(file, watcher)));
  }

  /// Fetches the version that a watch told, or a newer one, into a file, as [#fetch(Path)].
  ///
  /// @throws StatusRuntimeException as [#fetch(RomSink)]
  /// @throws IOException if the file cannot be written
  public RomVersion fetch(RomVersion version, Path target)
      throws IOException, InterruptedException {
    return into(target, file -> fetch(version, new FileSink(file, RomSink.NOTHING)));
  }

  private interface Fetching {
    RomVersion into(FileChannel file) throws IOException, InterruptedException;
  }

  private static RomVersion into(Path target, Fetching fetching)
      throws IOException, InterruptedException {
    Path folder = target.toAbsolutePath().getParent();
    Path fresh = Files.createTempFile(folder, "." + target.getFileName() + ".", ".part");
    try (FileChannel file = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
      RomVersion version = fetching.into(file);
      if (!version.absent()) {
        file.force(true);
        Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE);
      }
      return version;
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  /// Fetches the version that a watch of this reader told, or a newer one: from what came along, or
  /// as [#fetch(RomSink)].
  ///
  /// @return the version that the sink has in full, or one that says absent
  /// @throws StatusRuntimeException as [#fetch(RomSink)]
  /// @throws IOException from the sink
  public RomVersion fetch(RomVersion version, RomSink sink)
      throws IOException, InterruptedException {
    Chunk whole = told;
    if (whole == null || !RomVersion.of(whole.getVersion()).equals(version)) {
      return fetch(sink);
    }
    Progress progress = new Progress(sink);
    progress.take(whole);
    return progress.complete();
  }

  /// Fetches the newest version. Continues where it was after the server was away or the link
  /// broke; starts over with a newer version where the module was replaced meanwhile.
  ///
  /// @return the version that the sink has in full, or one that says absent
  /// @throws StatusRuntimeException as the schema says; UNAVAILABLE when patience is over,
  ///   DATA_LOSS if the content does not have the hash announced
  /// @throws IOException from the sink
  public RomVersion fetch(RomSink sink) throws IOException, InterruptedException {
    Progress progress = new Progress(sink);
    Backoff backoff = new Backoff(ThreadLocalRandom.current());
    long reached = -1;
    long since = System.nanoTime();
    while (true) {
      try {
        return attempt(progress);
      } catch (StatusRuntimeException e) {
        if (progress.taken != reached) {
          reached = progress.taken;
          since = System.nanoTime();
          backoff.reset();
        }
        if (!isWorthRetrying(e) || System.nanoTime() - since > patience.toNanos()) {
          throw e;
        }
        Thread.sleep(backoff.nextMs());
      }
    }
  }

  /// Tells a listener of every version other than `have`, now and later, on a virtual thread of its
  /// own, across restarts of server and link, until closed.
  ///
  /// @param have number of the version already there, 0 for none
  public RomWatch watch(long have, RomListener listener) {
    return RomWatch.start(rom, have, this::remember, listener);
  }

  private void remember(Version news) {
    ByteString content = news.getContent();
    told =
        content.size() == news.getLength()
            ? Chunk.newBuilder().setVersion(news).setData(content).build()
            : null;
  }

  /// Whether the server or the link may be back later.
  static boolean isWorthRetrying(StatusRuntimeException e) {
    Status.Code code = e.getStatus().getCode();
    return code == Status.Code.UNAVAILABLE || code == Status.Code.ABORTED;
  }

  private RomVersion attempt(Progress progress) throws IOException {
    try (SessionStream<Chunk> chunks = rom.read(progress.have(), progress.held)) {
      while (chunks.hasNext()) {
        progress.take(chunks.next());
      }
      return progress.complete();
    }
  }

  /// What the sink has so far.
  private static final class Progress {
    private final RomSink sink;
    private MessageDigest digest = RomCopier.sha256();
    private @Nullable RomVersion version;
    private long held;
    long taken;

    Progress(RomSink sink) {
      this.sink = sink;
    }

    long have() {
      return version == null ? 0 : version.number();
    }

    void take(Chunk chunk) throws IOException {
      if (chunk.hasVersion()) {
        begin(RomVersion.of(chunk.getVersion()), chunk.getOffset());
      }
      if (version == null || held + chunk.getData().size() > version.length()) {
        throw damaged("more data than announced");
      }
      for (ByteBuffer bytes : chunk.getData().asReadOnlyByteBufferList()) {
        digest.update(bytes.duplicate());
        sink.data(bytes);
      }
      held += chunk.getData().size();
      taken += chunk.getData().size();
    }

    private void begin(RomVersion begun, long offset) throws IOException {
      if (version == null || !version.equals(begun)) {
        version = begun;
        held = 0;
        digest = RomCopier.sha256();
        sink.begin(begun);
      }
      if (offset != held) {
        throw damaged("offset " + offset + ", expected " + held);
      }
    }

    RomVersion complete() {
      if (version == null || held != version.length()) {
        throw Status.UNAVAILABLE
            .withDescription("the stream ended after " + held + " bytes")
            .asRuntimeException();
      }
      if (!version.absent() && !ByteString.copyFrom(digest.digest()).equals(version.sha256())) {
        throw damaged("wrong SHA-256");
      }
      return version;
    }

    private StatusRuntimeException damaged(String what) {
      return Status.DATA_LOSS
          .withDescription("ROM content of " + version + ": " + what)
          .asRuntimeException();
    }
  }

  private record FileSink(FileChannel file, RomSink watcher) implements RomSink {
    @Override
    public void begin(RomVersion version) throws IOException {
      file.truncate(0);
      file.position(0);
      watcher.begin(version);
    }

    @Override
    public void data(ByteBuffer bytes) throws IOException {
      watcher.data(bytes.duplicate());
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
    }
  }
}

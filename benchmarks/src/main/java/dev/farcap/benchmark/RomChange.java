package dev.farcap.benchmark;

import dev.farcap.rom.RomListener;
import dev.farcap.rom.RomReader;
import dev.farcap.rom.RomSink;
import dev.farcap.rom.RomVersion;
import dev.farcap.rom.RomWatch;
import dev.farcap.session.Label;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/// From a file of 1 KiB replaced in the folder that ROM shares to its content, verified, at readers
/// behind the client-proxy; beside a key of 1 KiB put into etcd and its watchers.
record RomChange(String name, int readers) implements Measurement {
  private static final int BYTES = 1024;
  private static final String MODULE = "benchmark";

  @Override
  public Outcome run(Rounds rounds) {
    FarcapPair pair = rounds.pair();
    ManagedChannel front = GrpcLibrary.plaintext(pair.front());
    Arrivals ours = new Arrivals(readers);
    Arrivals theirs = new Arrivals(readers);
    List<RomWatch> watches = new ArrayList<>();
    try (EtcdWatch etcd = EtcdWatch.start(rounds.lab())) {
      publish(pair.roms(), content(0));
      for (int reader = 0; reader < readers; reader++) {
        watches.add(watch(front, ours));
        etcd.watch(theirs);
      }
      ours.await();
      int events = Math.max(1, rounds.pace().events() / readers);
      rounds.pace().warm(() -> changes(events, ours, content -> publish(pair.roms(), content)));
      rounds.pace().warm(() -> changes(events, theirs, etcd::put));
      List<Double> own = new ArrayList<>();
      List<Double> peer = new ArrayList<>();
      for (int round = 0; round < rounds.pace().rounds(); round++) {
        own.add(changes(events, ours, content -> publish(pair.roms(), content)));
        peer.add(changes(events, theirs, etcd::put));
      }
      return Outcome.beside(name, "µs", own, peer, etcd.version());
    } finally {
      watches.forEach(RomWatch::close);
      front.shutdownNow();
    }
  }

  private interface Change {
    void make(byte[] content);
  }

  /// Median over all readers of all changes, in microseconds.
  private static double changes(int events, Arrivals arrivals, Change change) {
    List<Double> micros = new ArrayList<>();
    for (int event = 0; event < events; event++) {
      byte[] content = content(System.nanoTime());
      arrivals.expect(content);
      long changed = System.nanoTime();
      change.make(content);
      arrivals.await().forEach(at -> micros.add((at - changed) / 1e3));
    }
    return Outcome.median(micros);
  }

  private static byte[] content(long seed) {
    return ByteBuffer.allocate(BYTES).putLong(seed).array();
  }

  private static void publish(Path roms, byte[] content) {
    try {
      Path fresh = Files.write(roms.resolve(".fresh"), content);
      Files.move(fresh, roms.resolve(MODULE), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RomWatch watch(ManagedChannel front, Arrivals arrivals) {
    Channel asking = Asking.label(front, Label.of(MODULE));
    RomReader reader = new RomReader(asking);
    return reader.watch(
        0,
        new RomListener() {
          @Override
          public void changed(RomVersion version) {
            if (!version.absent()) {
              Kept kept = new Kept();
              try {
                var _ = reader.fetch(version, kept);
                arrivals.arrived(kept.bytes.toByteArray());
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
              }
            }
          }

          @Override
          public void failed(StatusRuntimeException reason) {
            arrivals.failed(reason);
          }
        });
  }

  /// Content in memory.
  private static final class Kept implements RomSink {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public void begin(RomVersion version) {
      bytes.reset();
    }

    @Override
    public void data(ByteBuffer part) {
      byte[] copy = new byte[part.remaining()];
      part.get(copy);
      bytes.writeBytes(copy);
    }
  }
}

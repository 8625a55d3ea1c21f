package dev.farcap.benchmark.micro;

import static java.util.Objects.requireNonNull;

import dev.farcap.ca.CaException;
import dev.farcap.ca.GrantOrder;
import dev.farcap.ca.Issued;
import dev.farcap.ca.RealmFolder;
import dev.farcap.capability.LabelPattern;
import dev.farcap.capability.Token;
import dev.farcap.capability.Verdict;
import dev.farcap.capability.Verifier;
import dev.farcap.session.Label;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Judging a grant that is good, as it is done when a session is opened for the first time, and one
/// that is refused before its signature is looked at.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class VerificationBenchmark {
  private byte[] token = {};
  private Verifier.@Nullable Context now;
  private Verifier.@Nullable Context later;

  /// Makes a realm and a grant as an operator would.
  @Setup
  public void issue() throws IOException, CaException {
    Path folder = Files.createTempDirectory("realm");
    RealmFolder realm = RealmFolder.init("bench", folder.resolve("realm"), InstantSource.system());
    Issued host = realm.issue("host-a", folder.resolve("host-a"), RealmFolder.DEFAULT_LIFE);
    Token granted =
        realm.grant(
            GrantOrder.of(
                host.folder().toString(),
                "farcap.rom.v1.Rom",
                realm.servers("host-b"),
                new LabelPattern.Prefix(Label.of("app1"))),
            folder.resolve("rom.grant"));
    token = granted.bytes();
    Instant clock = Instant.now();
    now = new Verifier.Context(clock, realm.bundle().bundle(), host.holderKey());
    later =
        new Verifier.Context(
            clock.plus(RealmFolder.DEFAULT_LIFE.multipliedBy(2)),
            realm.bundle().bundle(),
            host.holderKey());
  }

  /// Everything is checked.
  @Benchmark
  public Verdict accepts() {
    return Verifier.verify(token, requireNonNull(now));
  }

  /// It has expired.
  @Benchmark
  public Verdict refuses() {
    return Verifier.verify(token, requireNonNull(later));
  }
}

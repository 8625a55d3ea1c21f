package dev.farcap.benchmark;

import com.google.protobuf.BytesValue;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Resident memory of a proxy that is up, linked and has carried a call: the larger of the two.
record ProxyMemory() implements Measurement {
  /// What starting needed has been given back by then.
  private static final Duration SETTLE = Duration.ofSeconds(8);

  private static final double KIB_PER_MIB = 1024;

  @Override
  public String name() {
    return "proxy-rss-mib";
  }

  @Override
  public Outcome run(Rounds rounds) {
    List<Double> mib = new ArrayList<>();
    for (int round = 0; round < rounds.pace().rounds(); round++) {
      try (FarcapPair pair = FarcapPair.start(rounds.lab())) {
        call(pair.front());
        Lab.pause(SETTLE);
        mib.add(
            pair.processes().stream().mapToDouble(ProxyMemory::residentMib).max().orElseThrow());
      }
    }
    return Outcome.alone(name(), "MiB", mib);
  }

  private static void call(int port) {
    ManagedChannel channel = GrpcLibrary.plaintext(port);
    var _ =
        ClientCalls.blockingUnaryCall(
            channel, Echo.METHOD, CallOptions.DEFAULT, BytesValue.getDefaultInstance());
    channel.shutdownNow();
  }

  private static double residentMib(ProcessHandle process) {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) / KIB_PER_MIB;
        }
      }
      throw new IllegalStateException(status + " has no VmRSS: has the proxy ended?");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

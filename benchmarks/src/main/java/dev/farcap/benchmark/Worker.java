package dev.farcap.benchmark;

import io.grpc.Channel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/// A load generator: connects to the target given, says ready, then answers each line `MILLIS
/// IN_FLIGHT BYTES REPLIES` by a round of [ClosedLoop]. Ends with its standard input.
///
/// Targets: `tcp:PORT` (gRPC without TLS on loopback), `library:WAY` of [FarcapLibrary],
/// `library:grpc` (client and server both in this process).
final class Worker {
  private Worker() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    String target = arguments[0];
    Rounds rounds =
        target.startsWith("library:") && !target.equals(GrpcLibrary.TARGET)
            ? library(target)
            : through(channel(target));
    System.out.println("ready " + versionOf(io.grpc.ManagedChannel.class));
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = questions.readLine()) != null; ) {
      System.out.println(answer(rounds, line));
    }
    System.exit(0);
  }

  /// Holds a round.
  private interface Rounds {
    Load.Result run(Load load, long millis) throws IOException, InterruptedException;
  }

  private static Channel channel(String target) throws IOException {
    return target.equals(GrpcLibrary.TARGET)
        ? GrpcLibrary.channel()
        : GrpcLibrary.plaintext(Integer.parseInt(target.substring("tcp:".length())));
  }

  private static Rounds through(Channel channel) {
    return (load, millis) -> ClosedLoop.run(channel, load, millis);
  }

  /// One that spins is opened for each round, so that it leaves others their processors.
  private static Rounds library(String target) throws IOException {
    if (!FarcapLibrary.spins(target)) {
      return through(FarcapLibrary.open(target).channel());
    }
    return (load, millis) -> {
      try (FarcapLibrary.Open open = FarcapLibrary.open(target)) {
        return ClosedLoop.run(open.channel(), load, millis);
      }
    };
  }

  private static String answer(Rounds rounds, String line)
      throws IOException, InterruptedException {
    String[] words = line.split(" ", -1);
    Load load =
        new Load(
            Integer.parseInt(words[1]), Integer.parseInt(words[2]), Integer.parseInt(words[3]));
    try {
      return "result " + rounds.run(load, Long.parseLong(words[0])).toLine();
    } catch (IllegalStateException e) {
      return "failed " + e.getMessage();
    }
  }

  private static String versionOf(Class<?> type) {
    String version = type.getPackage().getImplementationVersion();
    return "grpc-java " + (version == null ? "of unknown version" : version);
  }
}

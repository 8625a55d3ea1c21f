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
    Channel channel = channel(arguments[0]);
    System.out.println("ready " + versionOf(io.grpc.ManagedChannel.class));
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = questions.readLine()) != null; ) {
      System.out.println(answer(channel, line));
    }
    System.exit(0);
  }

  private static Channel channel(String target) throws IOException {
    return switch (target) {
      case GrpcLibrary.TARGET -> GrpcLibrary.channel();
      case String library when library.startsWith("library:") -> FarcapLibrary.channel(library);
      default -> GrpcLibrary.plaintext(Integer.parseInt(target.substring("tcp:".length())));
    };
  }

  private static String answer(Channel channel, String line) throws InterruptedException {
    String[] words = line.split(" ", -1);
    Load load =
        new Load(
            Integer.parseInt(words[1]), Integer.parseInt(words[2]), Integer.parseInt(words[3]));
    try {
      return "result " + ClosedLoop.run(channel, load, Long.parseLong(words[0])).toLine();
    } catch (IllegalStateException e) {
      return "failed " + e.getMessage();
    }
  }

  private static String versionOf(Class<?> type) {
    String version = type.getPackage().getImplementationVersion();
    return "grpc-java " + (version == null ? "of unknown version" : version);
  }
}

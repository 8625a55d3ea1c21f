package dev.farcap.demo;

import static java.util.stream.Collectors.joining;

import com.google.protobuf.ByteString;
import dev.farcap.demo.GreeterProgram.Client;
import dev.farcap.log.v1.Level;
import dev.farcap.log.v1.Line;
import dev.farcap.log.v1.LogGrpc;
import dev.farcap.log.v1.WriteReply;
import dev.farcap.log.v1.WriteRequest;
import dev.farcap.node.FrontDoorChannel;
import dev.farcap.node.NodeStatus;
import dev.farcap.node.NodeStatus.LinkStatus;
import dev.farcap.rom.RomListener;
import dev.farcap.rom.RomReader;
import dev.farcap.rom.RomVersion;
import dev.farcap.rom.RomWatch;
import dev.farcap.session.Label;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A pair of proxies on this machine, and programs that use each other through it.
///
/// Everything is made fresh in a temporary folder and removed at the end; a shared folder of the
/// caller is only read.
public final class Demo implements AutoCloseable {
  /// What the link can run over.
  public enum Transport {
    TLS,
    QUIC,
    SHM,
    NIC;

    /// As in addresses.
    String scheme() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final int ROUNDS = 5;
  private static final int CALLS = 1_000;
  private static final long WAIT_S = 30;
  private static final long LOOK_MS = 10;
  private static final int HASH_SHOWN = 16;

  /// Skips folders with more: the example is a file, any one will do.
  private static final int FILES_LOOKED_AT = 1_000;

  private final Transport transport;
  private final Checklist list;
  private final DemoHosts hosts;
  private final DemoFolder folder;
  private @Nullable DemoProxy server;
  private @Nullable DemoProxy client;
  private @Nullable GreeterProgram greeter;

  /// @param out for people
  /// @throws IOException if no temporary folder can be made, or no hosts for this transport
  public Demo(PrintWriter out, Transport transport) throws IOException {
    this.transport = transport;
    list = new Checklist(out);
    folder = DemoFolder.make();
    try {
      hosts = transport == Transport.NIC ? DemoHosts.joined() : DemoHosts.ONE;
    } catch (IOException e) {
      folder.close();
      throw e;
    }
  }

  /// Starts the pair and checks every step.
  ///
  /// @param shared folder to share, or null for a small example
  /// @return whether all of them held
  public boolean run(@Nullable Path shared) {
    list.line("A pair of proxies in " + folder.root());
    boolean started =
        list.step("realm", this::makeRealm)
            && list.step("processes", () -> start(shared))
            && list.step("link", this::awaitLink);
    if (started) {
      try (FrontDoorChannel programs = new FrontDoorChannel(folder.socket("app1"))) {
        list.step("ROM", () -> fetch(programs, romsOf(shared)));
        list.step("change", () -> change(programs));
        list.step("LOG", () -> log(programs));
        list.step("gRPC", this::greet);
        list.step("refusal", this::refusal);
        list.step("refusal", this::refusalByServer);
      }
    }
    return list.allHeld();
  }

  // ---- the pair

  private String trustBundle = "";

  private String makeRealm() throws Exception {
    long begun = System.nanoTime();
    trustBundle = folder.makeRealm();
    return "two hosts and their grants made in " + Checklist.millis(System.nanoTime() - begun);
  }

  private Path romsOf(@Nullable Path shared) throws IOException {
    return shared == null ? folder.exampleRoms() : shared;
  }

  private String start(@Nullable Path shared) throws Exception {
    long begun = System.nanoTime();
    greeter = new GreeterProgram(folder.greeterSocket());
    folder.writeServer(trustBundle, transport, romsOf(shared));
    folder.publishLive("version 0\n");
    server = DemoProxy.start(hosts.onB(), "server-proxy", folder.server(), folder.serverConfig());
    NodeStatus status = server.await("the server-proxy", NodeStatus::ready);
    folder.writeClient(trustBundle, hosts.dialled(status.listeners().getFirst().address()));
    client = DemoProxy.start(hosts.onA(), "client-proxy", folder.client(), folder.clientConfig());
    client.await("the client-proxy", NodeStatus::ready);
    return "server-proxy and client-proxy ready after "
        + Checklist.millis(System.nanoTime() - begun);
  }

  private String awaitLink() throws Exception {
    NodeStatus status =
        running(client)
            .await("the link", s -> s.links().stream().anyMatch(l -> l.state().equals("up")));
    LinkStatus link = status.links().getFirst();
    return "%s to %s over %s".formatted(status.identity(), link.peer(), link.medium());
  }

  private static <T> T running(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("is not running");
    }
    return part;
  }

  // ---- ROM

  private String fetch(FrontDoorChannel programs, Path roms) throws Exception {
    Path file = anyFile(roms);
    String module = roms.relativize(file).toString();
    Path fetched = folder.root().resolve("fetched");
    long begun = System.nanoTime();
    RomVersion version = new RomReader(programs.asking(Label.of(module))).fetch(fetched);
    long took = System.nanoTime() - begun;
    byte[] hash = sha256(file);
    require(
        version.sha256().equals(ByteString.copyFrom(hash)) && Arrays.equals(hash, sha256(fetched)),
        "the module '" + module + "' has not the hash of " + file);
    return "'%s', %d bytes, SHA-256 %s… verified, in %s"
        .formatted(
            module,
            version.length(),
            HexFormat.of().formatHex(hash).substring(0, HASH_SHOWN),
            Checklist.millis(took));
  }

  private static Path anyFile(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths
          .limit(FILES_LOOKED_AT)
          .filter(Files::isRegularFile)
          .filter(path -> isModule(folder.relativize(path)))
          .sorted()
          .findFirst()
          .orElseThrow(() -> new IOException(folder + " has no file to share"));
    }
  }

  private static boolean isModule(Path relative) {
    return !relative.toString().contains(Label.SEPARATOR)
        && relative.toString().length() <= Label.ELEMENT_BYTES_MAX
        && Stream.of(relative.toString().split("/")).noneMatch(name -> name.startsWith("."));
  }

  private static byte[] sha256(Path file) throws IOException, NoSuchAlgorithmException {
    return MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
  }

  private String change(FrontDoorChannel programs) throws Exception {
    Channel channel = programs.asking(Label.of(DemoFolder.LIVE));
    RomReader reader = new RomReader(channel);
    BlockingQueue<RomVersion> seen = new LinkedBlockingQueue<>();
    List<Long> took = new ArrayList<>();
    try (RomWatch _ = reader.watch(0, new Seen(seen))) {
      next(seen);
      for (int round = 1; round <= ROUNDS; round++) {
        String text = "version " + round + "\n";
        long begun = System.nanoTime();
        folder.publishLive(text);
        RomVersion version = next(seen);
        Path fetched = folder.root().resolve("changed");
        RomVersion got = reader.fetch(version, fetched);
        took.add(System.nanoTime() - begun);
        require(
            got.equals(version) && Files.readString(fetched).equals(text),
            "read " + got + ", expected '" + text.strip() + "'");
      }
    }
    Collections.sort(took);
    return "%d changes on the server's side read here, each within %s (median %s)"
        .formatted(
            ROUNDS, Checklist.millis(took.getLast()), Checklist.millis(took.get(took.size() / 2)));
  }

  private static RomVersion next(BlockingQueue<RomVersion> seen)
      throws IOException, InterruptedException {
    RomVersion version = seen.poll(WAIT_S, TimeUnit.SECONDS);
    if (version == null) {
      throw new IOException("no change arrived within " + WAIT_S + " s");
    }
    return version;
  }

  private record Seen(BlockingQueue<RomVersion> versions) implements RomListener {
    @Override
    public void changed(RomVersion version) {
      versions.add(version);
    }

    @Override
    public void failed(StatusRuntimeException reason) {}
  }

  // ---- LOG

  private String log(FrontDoorChannel programs) throws Exception {
    WriteRequest.Builder request = WriteRequest.newBuilder();
    for (String text : List.of("starting", "reading the configuration", "ready")) {
      request.addLines(Line.newBuilder().setText(text).setLevel(Level.INFO));
    }
    long begun = System.nanoTime();
    WriteReply _ =
        LogGrpc.newBlockingStub(programs.asking(Label.of("init"))).write(request.build());
    long taken = System.nanoTime();
    String label = "[host-a -> app1 -> init]";
    long end = begun + TimeUnit.SECONDS.toNanos(WAIT_S);
    List<String> lines = logged(label);
    while (lines.size() < request.getLinesCount() && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MS);
      lines = logged(label);
    }
    require(
        lines.size() == request.getLinesCount() && lines.getLast().endsWith("ready"),
        "the file has " + lines.size() + " lines of " + label + ", expected 3");
    return "3 lines taken in %s, in the server's file within %s: %s"
        .formatted(
            Checklist.millis(taken - begun),
            Checklist.millis(System.nanoTime() - begun),
            lines.getLast());
  }

  private List<String> logged(String label) throws IOException {
    if (!Files.exists(folder.logFile())) {
      return List.of();
    }
    try (Stream<String> lines = Files.lines(folder.logFile())) {
      return lines.filter(line -> line.contains(label)).toList();
    }
  }

  // ---- gRPC

  private String greet() {
    try (Client program = running(greeter).new Client(folder.socket("app1"))) {
      String text = program.greet("world");
      require(text.equals("Hello, world!"), "the answer is '" + text + "'");
      List<Long> took = new ArrayList<>();
      for (int call = 0; call < CALLS; call++) {
        long begun = System.nanoTime();
        program.greet("again");
        took.add(System.nanoTime() - begun);
      }
      Collections.sort(took);
      return "a plain gRPC program got '%s' from another; median of %d calls %s"
          .formatted(text, CALLS, Checklist.millis(took.get(CALLS / 2)));
    }
  }

  // ---- refusals

  private String refusal() throws Exception {
    try (FrontDoorChannel other = new FrontDoorChannel(folder.socket("app2"))) {
      new RomReader(other.asking(Label.of("config"))).fetch(folder.root().resolve("refused"));
    } catch (StatusRuntimeException e) {
      list.note(
          "the program saw  " + e.getStatus().getCode() + ": " + e.getStatus().getDescription());
      list.note("client's audit   " + audit(running(client), "reason=NO_GRANT", "app2"));
      return "a program at app2, which has no grant for ROM, got nothing";
    }
    throw new IOException("a program without a grant was served");
  }

  private String refusalByServer() throws Exception {
    try (Client program = running(greeter).new Client(folder.socket("app2"))) {
      program.greet("world");
    } catch (StatusRuntimeException e) {
      list.note(
          "the program saw  " + e.getStatus().getCode() + ": " + e.getStatus().getDescription());
      list.note("server's audit   " + audit(running(server), "reason=EXPIRED", "app2"));
      return "the server did not take an expired grant";
    }
    throw new IOException("a program with an expired grant was served");
  }

  private static String audit(DemoProxy proxy, String... texts)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_S);
    List<String> lines = proxy.linesWith(texts);
    while (lines.isEmpty() && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MS);
      lines = proxy.linesWith(texts);
    }
    if (lines.isEmpty()) {
      throw new IOException("no audit line with " + String.join(", ", texts));
    }
    String line = lines.getLast();
    return line.substring(Math.max(0, line.indexOf("decision=")));
  }

  // ---- afterwards

  /// Says what can be tried while the pair runs.
  ///
  /// @param command how farcap was called
  public void invite(String command) {
    Path socket = folder.socket("app1");
    list.line("");
    list.line("The pair runs until Ctrl-C. Sockets for programs: " + socket);
    list.line("                                                  " + folder.socket("app2"));
    list.line("Try:");
    list.line("  " + command + " rom watch " + DemoFolder.LIVE + " --socket " + socket);
    list.line("  echo new > " + folder.live().resolve(DemoFolder.LIVE));
    list.line("  " + command + " log write 'hello' --socket " + socket);
    list.line("  tail -f " + folder.logFile());
    String here = hosts.onA().stream().map(word -> word + " ").collect(joining());
    list.line("  " + here + command + " status " + folder.clientConfig());
    list.line(
        "  "
            + command
            + " route explain ROM config --listener app1 --directory "
            + folder.client().resolve("directory.yaml"));
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalStateException(otherwise);
    }
  }

  /// Ends the processes and removes hosts and folder, to the end also where the thread is
  /// interrupted.
  @Override
  public void close() throws IOException {
    boolean interrupted = Thread.interrupted();
    try (folder;
        hosts) {
      if (client != null) {
        client.close();
      }
      if (server != null) {
        server.close();
      }
      if (greeter != null) {
        greeter.close();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

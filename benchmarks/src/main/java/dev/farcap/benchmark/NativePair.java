package dev.farcap.benchmark;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Two processes of a program that others wrote, set up as a pair of proxies: in by loopback TCP
/// without TLS, mutual TLS 1.3 with AES-128-GCM between (what BoringSSL chooses on such a machine),
/// out without TLS.
final class NativePair implements Subject {
  /// OpenSSL's name of the cipher that all pairs use.
  static final String CIPHER = "TLS_AES_128_GCM_SHA256";

  private final String version;
  private final int port;
  private final NativeProcess server;
  private final NativeProcess client;

  private NativePair(String version, int port, NativeProcess server, NativeProcess client) {
    this.version = version;
    this.port = port;
    this.server = server;
    this.client = client;
  }

  /// How a program is made to be one end of a pair. Each end has a folder of its own.
  interface Program {
    /// Program and version, and what was chosen for it.
    String version(Path folder);

    /// The end where callers are.
    ///
    /// @param front port to listen at
    /// @param between port of the other end
    String client(End end, int front, int between);

    /// The end where the server is.
    ///
    /// @param between port to listen at
    /// @param backend port of the server
    String server(End end, int between, int backend);

    /// What runs it, in the foreground and in the end's folder.
    List<String> command(Path config);
  }

  /// Certificates of one end; the other one is `OTHER.bench`.
  ///
  /// @param leaf certificate and key, in one file
  record End(Path folder, Path leaf, Path authority) {}

  static NativePair start(Program program, Lab lab) {
    String name = program.getClass().getSimpleName();
    End there = end(lab, lab.folder(name + "/server"), "host-b");
    End here = end(lab, lab.folder(name + "/client"), "host-a");
    String version = program.version(here.folder());
    int between = Lab.freePort();
    NativeProcess server =
        run(program, there, program.server(there, between, lab.backendPort())).awaitPort(between);
    try {
      int front = Lab.freePort();
      NativeProcess client =
          run(program, here, program.client(here, front, between)).awaitPort(front);
      return new NativePair(version, front, server, client);
    } catch (IllegalStateException e) {
      server.close();
      throw e;
    }
  }

  private static End end(Lab lab, Path folder, String host) {
    return new End(
        folder,
        lab.realm().issue(host).write(folder.resolve("leaf.pem")),
        lab.realm().writeAuthority(folder.resolve("authority.pem")));
  }

  private static NativeProcess run(Program program, End end, String text) {
    Path config = Lab.write(end.folder().resolve("config"), text);
    return NativeProcess.start(
        program.command(config), end.folder(), end.folder().resolve("output"));
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public String target() {
    return "tcp:" + port;
  }

  /// Workers of a program are its children.
  @Override
  public List<ProcessHandle> processes() {
    return List.of(client.handle(), server.handle()).stream()
        .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
        .toList();
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}

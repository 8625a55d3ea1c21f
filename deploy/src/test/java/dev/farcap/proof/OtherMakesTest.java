package dev.farcap.proof;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Programs on gRPC libraries of other makes use the pair as they would use any server: two
/// processes, and a client that plays every scenario at their Unix sockets.
/// `src/test/python/programs.py` and `src/test/node/programs.js` say what a scenario is.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class OtherMakesTest {
  /// Whose library.
  enum Make {
    /// Debian's python3-grpcio.
    PYTHON,
    /// npm's @grpc/grpc-js.
    NODE
  }

  /// What a program does, and what it promises itself of it.
  enum Scenario {
    ROM_IS_READ,
    ROM_IS_WATCHED_AS_IT_CHANGES,
    LOG_LINES_ARE_WRITTEN,
    UNARY_CALL,
    SERVER_STREAM,
    CLIENT_STREAM,
    BIDI_STREAM,
    LONG_MESSAGES,
    METADATA_PASSES_UNCHANGED,
    STATUS_PASSES_UNCHANGED,
    DEADLINE_ENDS_BOTH_SIDES,
    CANCELLATION_REACHES_THE_SERVER,
    SIGNAL_COMES_FROM_THE_SERVERS_SIDE,
    SIGNAL_GOES_TO_THE_SERVERS_SIDE,
    CONTEXT_DIES_WITH_ITS_STREAM,
    SESSION_LIVES_AS_LONG_AS_ITS_STREAM,
    REFUSAL_SAYS_WHO_AND_WHETHER_EXECUTED,
    UNKNOWN_METHOD_IS_UNIMPLEMENTED
  }

  private static final Path NODE_PROGRAMS = Path.of("src/test/node").toAbsolutePath();

  @TempDir private static Path folder;
  private final Map<Make, OtherProgram> programs = new EnumMap<>(Make.class);
  private Backend backend;
  private ProcessPair pair;

  @BeforeAll
  void start() throws Exception {
    backend = Backend.at(folder.resolve("backend.sock"));
    backend.serve(new Mirror());
    pair = ProcessPair.withBackend(folder, backend.socket()).start();
  }

  @AfterAll
  void stop() {
    programs.values().forEach(OtherProgram::close);
    pair.close();
    backend.close();
  }

  static Stream<Arguments> cells() {
    return Stream.of(Make.values())
        .flatMap(
            make -> Stream.of(Scenario.values()).map(scenario -> Arguments.of(make, scenario)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("cells")
  void programOfAnotherMakeSees(Make make, Scenario scenario) throws Exception {
    program(make).play(scenario.name().toLowerCase(Locale.ROOT));
  }

  private OtherProgram program(Make make) throws Exception {
    OtherProgram present = programs.get(make);
    if (present != null) {
      return present;
    }
    OtherProgram started =
        switch (make) {
          case PYTHON -> python();
          case NODE -> node();
        };
    programs.put(make, started);
    return started;
  }

  private OtherProgram python() throws Exception {
    assumeTrue(
        DebianPython.has("grpc"),
        "Debian's python3-grpcio, python3-protobuf and protobuf-compiler are missing");
    return DebianPython.start(
        "programs.py",
        List.of(
            "farcap/rom/v1/rom.proto",
            "farcap/log/v1/log.proto",
            "farcap/signal/v1/signal.proto",
            "farcap/session/v1/session.proto"),
        folder,
        told("python"));
  }

  private OtherProgram node() throws Exception {
    assumeTrue(
        OtherProgram.works("node", "--version")
            && Files.isDirectory(NODE_PROGRAMS.resolve("node_modules")),
        "node is missing, or 'npm ci' in deploy/src/test/node was not run");
    return OtherProgram.start(
        List.of("node", NODE_PROGRAMS.resolve("programs.js").toString()), told("node"));
  }

  private Map<String, String> told(String make) {
    Map<String, String> told = new HashMap<>();
    told.put("MAKE", make);
    told.put("APP", "unix:" + pair.socket());
    told.put("LOCAL", "unix:" + folder.resolve("local.sock"));
    told.put("ROMS", pair.roms().toString());
    told.put(
        "PROTOS",
        Stream.of("schema", "options")
            .map(
                part -> Path.of("../proto", part, "src/main/protobuf").toAbsolutePath().normalize())
            .map(Path::toString)
            .collect(Collectors.joining(File.pathSeparator)));
    return told;
  }
}

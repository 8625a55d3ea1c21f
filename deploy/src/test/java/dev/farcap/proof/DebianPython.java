package dev.farcap.proof;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Python as Debian packages it, with Protobuf: the programs of `src/test/python`.
final class DebianPython {
  private static final String PYTHON = "/usr/bin/python3";
  private static final Path PROGRAMS = Path.of("src/test/python").toAbsolutePath();
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final List<Path> PROTOS =
      Stream.of("wire", "capability", "options/src/main/protobuf", "schema/src/main/protobuf")
          .map(ROOT.resolve("proto")::resolve)
          .toList();

  private DebianPython() {}

  /// Whether it can run here.
  ///
  /// @param modules what else it needs, such as `grpc`
  static boolean has(String modules) throws InterruptedException {
    return OtherProgram.works(PYTHON, "-c", "import google.protobuf, " + modules)
        && OtherProgram.works("protoc", "--version");
  }

  /// Starts a program.
  ///
  /// @param name its file
  /// @param protos files of ours that it imports, as `farcap/rom/v1/rom.proto`
  /// @param scratch a folder for what is generated
  /// @param environment what it is told
  static OtherProgram start(
      String name, List<String> protos, Path scratch, Map<String, String> environment)
      throws Exception {
    Path generated = Files.createDirectory(scratch.resolve("python"));
    generate(protos, generated);
    Map<String, String> all = new HashMap<>(environment);
    all.put(
        "PYTHONPATH",
        Stream.of(generated, ROOT.resolve("examples/python-link"))
            .map(Path::toString)
            .collect(Collectors.joining(File.pathSeparator)));
    return start(List.of(), name, all);
  }

  /// Starts a program that needs nothing but Python.
  ///
  /// @param prefix a command that starts it, such as `ip netns exec`, or none
  /// @param name its file
  /// @param environment what it is told
  static OtherProgram start(List<String> prefix, String name, Map<String, String> environment)
      throws Exception {
    Map<String, String> all = new HashMap<>(environment);
    all.put("PYTHONDONTWRITEBYTECODE", "1");
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of(PYTHON, PROGRAMS.resolve(name).toString()));
    return OtherProgram.start(command, all);
  }

  private static void generate(List<String> protos, Path into) throws Exception {
    List<String> command = new ArrayList<>(List.of("protoc", "--python_out=" + into));
    PROTOS.forEach(folder -> command.addAll(List.of("-I", folder.toString())));
    command.addAll(protos);
    command.add("farcap/options.proto");
    Process protoc = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(protoc.getInputStream().readAllBytes(), UTF_8);
    if (protoc.waitFor() != 0) {
      throw new AssertionError(said);
    }
  }
}

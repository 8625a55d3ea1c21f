package dev.farcap.stubgen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.compiler.PluginProtos.CodeGeneratorRequest;
import com.google.protobuf.compiler.PluginProtos.CodeGeneratorResponse;
import dev.farcap.options.OptionsProto;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each file of `src/test/protobuf` is one row of the table of what a schema may have: `supported`
/// compiles without a warning, `refused` says why in its first line. What the compiled halves do is
/// specified where the schemas are compiled: in proto/schema.
final class StubGeneratorTest {
  private static final Path PROTOS = Path.of("src/test/protobuf");
  private static final Path GOLDEN = Path.of("src/test/golden");
  private static final FileDescriptorSet SCHEMAS = schemas();

  private static FileDescriptorSet schemas() {
    ExtensionRegistry options = ExtensionRegistry.newInstance();
    OptionsProto.registerAllExtensions(options);
    try (InputStream schemas = Files.newInputStream(Path.of("target/test-schemas.binpb"))) {
      return FileDescriptorSet.parseFrom(schemas, options);
    } catch (IOException e) {
      throw new IllegalStateException("the build has not described the schemas", e);
    }
  }

  static List<String> supported() throws IOException {
    return files("supported");
  }

  static List<String> refused() throws IOException {
    return files("refused");
  }

  private static List<String> files(String folder) throws IOException {
    try (Stream<Path> files = Files.list(PROTOS.resolve(folder))) {
      return files.map(file -> PROTOS.relativize(file).toString()).sorted().toList();
    }
  }

  private static CodeGeneratorResponse generate(String file) {
    return StubGenerator.generate(
        CodeGeneratorRequest.newBuilder()
            .addFileToGenerate(file)
            .addAllProtoFile(SCHEMAS.getFileList())
            .build());
  }

  // ---- what is written

  @ParameterizedTest
  @MethodSource("supported")
  void schemaBecomesJavaWithoutWarning(String file, @TempDir Path classes) {
    CodeGeneratorResponse response = generate(file);

    assertEquals("", response.getError());
    assertEquals(1, response.getFileCount());
    assertEquals(List.of(), warnings(response.getFile(0), classes));
  }

  private static List<String> warnings(CodeGeneratorResponse.File file, Path classes) {
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    boolean compiled =
        compiler
            .getTask(
                null,
                null,
                found,
                List.of(
                    "-Xlint:all",
                    "-Xdoclint:all",
                    "-Werror",
                    "-d",
                    classes.toString(),
                    "-cp",
                    System.getProperty("java.class.path")),
                null,
                List.of(new Source(file)))
            .call();
    List<String> warnings = found.getDiagnostics().stream().map(Object::toString).toList();
    assertTrue(compiled || !warnings.isEmpty(), "the compiler failed without a word");
    return warnings;
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String content;

    Source(CodeGeneratorResponse.File file) {
      super(URI.create("string:///" + file.getName()), Kind.SOURCE);
      content = file.getContent();
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return content;
    }
  }

  @ParameterizedTest
  @MethodSource("supported")
  void noLineIsTooLong(String file) {
    String content = generate(file).getFile(0).getContent();

    assertEquals(
        List.of(), content.lines().filter(line -> line.length() > 100).toList(), () -> content);
  }

  /// With `-Dgolden=write` the file is written anew, for review.
  @ParameterizedTest
  @MethodSource("supported")
  void textIsAsReviewed(String file) throws IOException {
    String content = generate(file).getFile(0).getContent();
    Path golden = GOLDEN.resolve(Path.of(file).getFileName().toString().replace(".proto", ".txt"));
    if (System.getProperty("golden", "").equals("write")) {
      Files.writeString(golden, content);
    }

    assertEquals(Files.readString(golden), content);
  }

  @Test
  void serviceWithoutTheOptionIsLeftAlone() {
    CodeGeneratorResponse response = generate("unmarked.proto");

    assertEquals("", response.getError());
    assertEquals(0, response.getFileCount());
  }

  // ---- what is not

  @ParameterizedTest
  @MethodSource("refused")
  void refusalNamesPlaceAndReason(String file) throws IOException {
    String expected = Files.readAllLines(PROTOS.resolve(file)).getFirst().substring("// ".length());

    CodeGeneratorResponse response = generate(file);

    assertEquals(file + ":" + expected, response.getError());
    assertEquals(0, response.getFileCount());
  }

  @Test
  void everyProblemOfEveryFileIsReported() {
    CodeGeneratorResponse response =
        StubGenerator.generate(
            CodeGeneratorRequest.newBuilder()
                .addFileToGenerate("refused/alias.proto")
                .addFileToGenerate("refused/no_package.proto")
                .addAllProtoFile(SCHEMAS.getFileList())
                .build());

    assertEquals(2, response.getError().lines().count(), response.getError());
  }

  @Test
  void optionOnTheCommandLineIsRefused() {
    CodeGeneratorResponse response =
        StubGenerator.generate(CodeGeneratorRequest.newBuilder().setParameter("fast=1").build());

    assertEquals("--farcap_opt=fast=1: there are no options", response.getError());
  }

  @Test
  void fileIsNamedWhereTheLineIsUnknown() {
    List<FileDescriptorProto> bare =
        SCHEMAS.getFileList().stream()
            .map(file -> file.toBuilder().clearSourceCodeInfo().build())
            .toList();

    CodeGeneratorResponse response =
        StubGenerator.generate(
            CodeGeneratorRequest.newBuilder()
                .addFileToGenerate("refused/alias.proto")
                .addAllProtoFile(bare)
                .build());

    assertTrue(response.getError().startsWith("refused/alias.proto: alias"), response.getError());
  }
}

package dev.farcap.stubgen;

import com.google.protobuf.DescriptorProtos.Edition;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.compiler.PluginProtos.CodeGeneratorRequest;
import com.google.protobuf.compiler.PluginProtos.CodeGeneratorResponse;
import com.google.protobuf.compiler.PluginProtos.CodeGeneratorResponse.Feature;
import dev.farcap.options.OptionsProto;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// The program `protoc-gen-farcap`: reads what protoc asks from stdin, writes the answer to stdout.
///
///     protoc --plugin=protoc-gen-farcap --farcap_out=src --java_out=src --grpc-java_out=src lamp.proto
///
/// For each service with `option (farcap.options.session)` it writes one file, `LampSession.java`,
/// beside what protoc's own Java generator and grpc-java write. Problems are all reported together,
/// a line each: `lamp.proto:12:3: ...`.
public final class StubGenerator {
  private StubGenerator() {}

  /// Answers one request.
  public static void main(String[] args) throws IOException {
    ExtensionRegistry options = ExtensionRegistry.newInstance();
    OptionsProto.registerAllExtensions(options);
    CodeGeneratorRequest request = CodeGeneratorRequest.parseFrom(System.in, options);
    generate(request).writeTo(System.out);
    System.out.flush();
  }

  /// The files for a request, or its problems. Options must have been parsed with their extensions.
  static CodeGeneratorResponse generate(CodeGeneratorRequest request) {
    CodeGeneratorResponse.Builder response =
        CodeGeneratorResponse.newBuilder()
            .setSupportedFeatures(
                Feature.FEATURE_PROTO3_OPTIONAL_VALUE | Feature.FEATURE_SUPPORTS_EDITIONS_VALUE)
            .setMinimumEdition(Edition.EDITION_PROTO2_VALUE)
            .setMaximumEdition(Edition.EDITION_2023_VALUE);
    if (!request.getParameter().isEmpty()) {
      return response
          .setError("--farcap_opt=" + request.getParameter() + ": there are no options")
          .build();
    }
    Schema schema = Schema.of(request.getProtoFileList());
    List<Problem> problems = new ArrayList<>();
    for (String name : request.getFileToGenerateList()) {
      sessions(schema, schema.file(name), problems)
          .forEach(
              session ->
                  response
                      .addFileBuilder()
                      .setName(session.path())
                      .setContent(SessionWriter.write(session)));
    }
    if (!problems.isEmpty()) {
      response.clearFile().setError(text(problems));
    }
    return response.build();
  }

  private static List<SessionModel> sessions(
      Schema schema, FileDescriptor file, List<Problem> problems) {
    List<SessionModel> sessions = new ArrayList<>();
    for (ServiceDescriptor service : file.getServices()) {
      if (service.getOptions().hasExtension(OptionsProto.session)) {
        sessions.add(new SessionReader(schema, problems).read(service));
      }
    }
    return sessions;
  }

  private static String text(List<Problem> problems) {
    return problems.stream().map(Problem::toString).distinct().collect(Collectors.joining("\n"));
  }
}

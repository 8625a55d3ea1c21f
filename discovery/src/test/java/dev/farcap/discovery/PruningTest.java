package dev.farcap.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What stays of files when only some services may be seen.
final class PruningTest {
  @Test
  void typesOfOtherServicesGoAndSharedOnesStay() {
    FileSet all =
        FileSet.of(
            List.of(
                file("a")
                    .addMessageType(message("In", "Shared"))
                    .addMessageType(message("OtherIn", "Hidden", "Shared"))
                    .addMessageType(message("Shared"))
                    .addMessageType(message("Hidden"))
                    .addService(service("Seen", "In"))
                    .addService(service("Unseen", "OtherIn"))
                    .build()));

    FileSet seen = all.only("p.Seen"::equals);

    assertEquals(Set.of("In", "Shared"), messages(seen, "a"));
    assertNull(seen.defining("p.Unseen"));
    assertNull(seen.defining("p.Unseen.Call"));
  }

  @Test
  void typesThatNoServiceUsesStayWithWhatTheyUse() {
    FileSet all =
        FileSet.of(
            List.of(
                file("a")
                    .addMessageType(message("In"))
                    .addMessageType(message("OtherIn", "Used"))
                    .addMessageType(message("Detail", "Used"))
                    .addMessageType(message("Used"))
                    .addService(service("Seen", "In"))
                    .addService(service("Unseen", "OtherIn"))
                    .build()));

    assertEquals(Set.of("In", "Detail", "Used"), messages(all.only("p.Seen"::equals), "a"));
  }

  @Test
  void nestedTypesFollowTheirHolder() {
    FileSet all =
        FileSet.of(
            List.of(
                file("a")
                    .addMessageType(message("In", "Holder.Inner"))
                    .addMessageType(message("Holder").toBuilder().addNestedType(message("Inner")))
                    .addMessageType(
                        message("OtherIn").toBuilder()
                            .addEnumType(EnumDescriptorProto.newBuilder().setName("Kind")))
                    .addService(service("Seen", "In"))
                    .addService(service("Unseen", "OtherIn"))
                    .build()));

    FileSet seen = all.only("p.Seen"::equals);

    assertEquals(Set.of("In", "Holder"), messages(seen, "a"));
    assertNull(seen.defining("p.OtherIn.Kind"));
  }

  @Test
  void aFileOfWhichNothingStaysIsNotImported() {
    FileSet all =
        FileSet.of(
            List.of(
                file("a")
                    .addDependency("hidden")
                    .addDependency("shared")
                    .addPublicDependency(1)
                    .addMessageType(message("In", "Shared"))
                    .addService(service("Seen", "In"))
                    .addService(service("Unseen", "Hidden"))
                    .build(),
                file("hidden").addMessageType(message("Hidden")).build(),
                file("shared").addMessageType(message("Shared")).build()));

    FileSet seen = all.only("p.Seen"::equals);

    FileDescriptorProto a = Objects.requireNonNull(seen.file("a"));
    assertEquals(List.of("shared"), a.getDependencyList());
    assertEquals(List.of(0), a.getPublicDependencyList());
    assertNull(seen.file("hidden"));
    assertTrue(seen.missing().isEmpty());
  }

  @Test
  void filesOfOtherServicesAreLeftOut() {
    FileSet all =
        FileSet.of(
            List.of(
                file("a").addMessageType(message("In")).addService(service("Seen", "In")).build(),
                file("b")
                    .addMessageType(message("OtherIn"))
                    .addService(service("Unseen", "OtherIn"))
                    .build()));

    assertEquals("[a]", all.only("p.Seen"::equals).toString());
    assertEquals("[]", all.only("p.Nothing"::equals).toString());
  }

  @Test
  void commentsGo() {
    SourceCodeInfo comment =
        SourceCodeInfo.newBuilder()
            .addLocation(SourceCodeInfo.Location.newBuilder().setLeadingComments("secret"))
            .build();
    FileSet all =
        FileSet.of(
            List.of(
                file("a")
                    .addMessageType(message("In"))
                    .addService(service("Seen", "In"))
                    .setSourceCodeInfo(comment)
                    .build()));

    FileSet seen = all.only("p.Seen"::equals);

    assertTrue(seen.files().stream().noneMatch(FileDescriptorProto::hasSourceCodeInfo));
  }

  @Test
  void twoCutsOfAFileMakeTheCutOfBoth() {
    FileSet all =
        FileSet.of(
            List.of(
                file("a")
                    .addDependency("b")
                    .addDependency("c")
                    .addMessageType(message("In", "B"))
                    .addMessageType(message("OtherIn", "C"))
                    .addMessageType(message("ThirdIn"))
                    .addService(service("Seen", "In"))
                    .addService(service("Also", "OtherIn"))
                    .addService(service("Unseen", "ThirdIn"))
                    .build(),
                file("b").addMessageType(message("B")).build(),
                file("c").addMessageType(message("C")).build()));

    FileSet joined = all.only("p.Seen"::equals).with(all.only("p.Also"::equals));

    FileSet both = all.only(Set.of("p.Seen", "p.Also")::contains);
    assertEquals(messages(both, "a"), messages(joined, "a"));
    assertEquals(Set.copyOf(both.files()).size(), joined.files().size());
    assertTrue(joined.missing().isEmpty());
    assertNull(joined.defining("p.Unseen"));
  }

  @Test
  void importsThatGoRoundAndAreMissingAreTakenAsTheyAre() {
    FileSet all =
        FileSet.of(
            List.of(
                file("a")
                    .addDependency("b")
                    .addDependency("nowhere")
                    .addMessageType(message("In"))
                    .addService(service("Seen", "In"))
                    .build(),
                file("b").addDependency("a").addMessageType(message("B")).build()));

    assertEquals(2, all.closure("a").size());
    assertEquals(Set.of("nowhere"), all.missing());
    assertEquals("[a, b]", all.only("p.Seen"::equals).toString());
  }

  private static FileDescriptorProto.Builder file(String name) {
    return FileDescriptorProto.newBuilder().setName(name).setPackage("p").setSyntax("proto3");
  }

  private static DescriptorProto message(String name, String... uses) {
    return DescriptorProto.newBuilder()
        .setName(name)
        .addAllField(
            Arrays.stream(uses)
                .map(
                    type ->
                        FieldDescriptorProto.newBuilder()
                            .setName("of")
                            .setTypeName(".p." + type)
                            .build())
                .toList())
        .build();
  }

  private static ServiceDescriptorProto service(String name, String message) {
    return ServiceDescriptorProto.newBuilder()
        .setName(name)
        .addMethod(
            MethodDescriptorProto.newBuilder()
                .setName("Call")
                .setInputType(".p." + message)
                .setOutputType(".p." + message))
        .build();
  }

  private static Set<String> messages(FileSet files, String name) {
    return Set.copyOf(
        Objects.requireNonNull(files.file(name)).getMessageTypeList().stream()
            .map(DescriptorProto::getName)
            .toList());
  }
}

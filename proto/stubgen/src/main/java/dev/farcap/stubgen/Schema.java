package dev.farcap.stubgen;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo.Location;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.GenericDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The files of a request, linked; what was written above each thing, and where it stands.
final class Schema {
  private final Map<String, FileDescriptor> files = new HashMap<>();
  private final Map<String, Map<List<Integer>, Location>> locations = new HashMap<>();

  private Schema() {}

  /// @param protos each after those that it imports, as protoc sends them
  static Schema of(List<FileDescriptorProto> protos) {
    Schema schema = new Schema();
    protos.forEach(schema::add);
    return schema;
  }

  private void add(FileDescriptorProto proto) {
    FileDescriptor[] imported =
        proto.getDependencyList().stream().map(this::file).toArray(FileDescriptor[]::new);
    try {
      files.put(proto.getName(), FileDescriptor.buildFrom(proto, imported));
    } catch (DescriptorValidationException e) {
      throw new IllegalArgumentException("protoc sent a schema that is none: " + e.getMessage(), e);
    }
    Map<List<Integer>, Location> places = new HashMap<>();
    for (Location location : proto.getSourceCodeInfo().getLocationList()) {
      places.putIfAbsent(location.getPathList(), location);
    }
    locations.put(proto.getName(), places);
  }

  FileDescriptor file(String name) {
    FileDescriptor file = files.get(name);
    if (file == null) {
      throw new IllegalArgumentException("protoc did not send " + name);
    }
    return file;
  }

  /// Simple names of the types that protobuf and gRPC put into a Java package.
  Set<String> types(String javaPackage) {
    return files.values().stream()
        .filter(file -> JavaNames.javaPackage(file).equals(javaPackage))
        .flatMap(JavaNames::topLevel)
        .collect(Collectors.toUnmodifiableSet());
  }

  /// What was written above it, else behind it; empty if nothing was.
  String comment(GenericDescriptor thing) {
    Location location = location(thing);
    String leading = location.getLeadingComments();
    return (leading.isBlank() ? location.getTrailingComments() : leading).strip();
  }

  /// `file:line:column`, counted from 1.
  String place(GenericDescriptor thing) {
    Location location = location(thing);
    String file = thing.getFile().getName();
    return location.getSpanCount() < 2
        ? file
        : file + ":" + (location.getSpan(0) + 1) + ":" + (location.getSpan(1) + 1);
  }

  private Location location(GenericDescriptor thing) {
    return locations
        .getOrDefault(thing.getFile().getName(), Map.of())
        .getOrDefault(path(thing), Location.getDefaultInstance());
  }

  /// Field numbers and indexes within FileDescriptorProto: see SourceCodeInfo.
  private static List<Integer> path(GenericDescriptor thing) {
    if (thing instanceof MethodDescriptor method) {
      return below(path(method.getService()), 2, method.getIndex());
    } else if (thing instanceof FieldDescriptor field) {
      return below(path(field.getContainingType()), 2, field.getIndex());
    } else if (thing instanceof Descriptor message) {
      Descriptor outer = message.getContainingType();
      return outer == null
          ? List.of(FileDescriptorProto.MESSAGE_TYPE_FIELD_NUMBER, message.getIndex())
          : below(path(outer), 3, message.getIndex());
    } else if (thing instanceof ServiceDescriptor service) {
      return List.of(FileDescriptorProto.SERVICE_FIELD_NUMBER, service.getIndex());
    }
    return List.of();
  }

  private static List<Integer> below(List<Integer> path, int field, int index) {
    List<Integer> longer = new ArrayList<>(path);
    longer.add(field);
    longer.add(index);
    return longer;
  }
}

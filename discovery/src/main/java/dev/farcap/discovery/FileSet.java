package dev.farcap.discovery;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.Descriptors.FileDescriptor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Protobuf files by name, and what they define. Immutable.
///
/// The files may come from anybody: an import that is missing or goes round in a circle, or a
/// symbol defined twice, is taken as it is.
public final class FileSet {
  /// No file.
  public static final FileSet EMPTY = new FileSet(Map.of());

  /// Most files of a set: the largest published interfaces need some hundreds.
  public static final int FILES_MAX = 1_024;

  private final Map<String, FileDescriptorProto> files;
  private final Map<String, String> fileOfSymbol = new HashMap<>();

  private FileSet(Map<String, FileDescriptorProto> files) {
    this.files = files;
    files.values().forEach(this::index);
  }

  /// These files.
  ///
  /// @throws IllegalArgumentException if they are more than [#FILES_MAX]
  public static FileSet of(Collection<FileDescriptorProto> files) {
    if (files.size() > FILES_MAX) {
      throw new IllegalArgumentException(files.size() + " protobuf files, limit " + FILES_MAX);
    }
    Map<String, FileDescriptorProto> byName = new LinkedHashMap<>();
    files.forEach(file -> byName.putIfAbsent(file.getName(), file));
    return new FileSet(byName);
  }

  /// A file and what it imports.
  public static FileSet of(FileDescriptor file) {
    Map<String, FileDescriptorProto> files = new LinkedHashMap<>();
    add(file, files);
    return new FileSet(files);
  }

  private static void add(FileDescriptor file, Map<String, FileDescriptorProto> files) {
    if (files.putIfAbsent(file.getName(), file.toProto()) == null) {
      file.getDependencies().forEach(imported -> add(imported, files));
    }
  }

  // ---- what defines what

  private void index(FileDescriptorProto file) {
    String scope = file.getPackage();
    file.getMessageTypeList().forEach(message -> index(file, scope, message));
    file.getEnumTypeList().forEach(type -> index(file, scope, type.getName()));
    file.getExtensionList().forEach(field -> index(file, scope, field.getName()));
    for (ServiceDescriptorProto service : file.getServiceList()) {
      String name = index(file, scope, service.getName());
      service.getMethodList().forEach(method -> index(file, name, method.getName()));
    }
  }

  private void index(FileDescriptorProto file, String scope, DescriptorProto message) {
    String name = index(file, scope, message.getName());
    message.getNestedTypeList().forEach(nested -> index(file, name, nested));
    message.getEnumTypeList().forEach(type -> index(file, name, type.getName()));
    message.getExtensionList().forEach(field -> index(file, name, field.getName()));
  }

  private String index(FileDescriptorProto file, String scope, String simple) {
    String name = qualified(scope, simple);
    fileOfSymbol.putIfAbsent(name, file.getName());
    return name;
  }

  static String qualified(String scope, String simple) {
    return scope.isEmpty() ? simple : scope + "." + simple;
  }

  // ---- questions

  /// The files, those first that were given first.
  public Collection<FileDescriptorProto> files() {
    return files.values();
  }

  /// A file, or null if it is not here.
  public @Nullable FileDescriptorProto file(String name) {
    return files.get(name);
  }

  /// The file that defines a service, method, message, enum or extension, or null.
  public @Nullable FileDescriptorProto defining(String symbol) {
    String file = fileOfSymbol.get(symbol);
    return file == null ? null : files.get(file);
  }

  /// The file that extends a message by a field of this number, or null.
  public @Nullable FileDescriptorProto extending(String message, int number) {
    return files.values().stream()
        .filter(file -> extensions(file).stream().anyMatch(f -> extend(f, message, number)))
        .findFirst()
        .orElse(null);
  }

  private static boolean extend(FieldDescriptorProto field, String message, int number) {
    return field.getNumber() == number && field.getExtendee().equals("." + message);
  }

  /// The numbers by which files here extend a message, ascending.
  public Set<Integer> extensionNumbers(String message) {
    Set<Integer> numbers = new TreeSet<>();
    for (FileDescriptorProto file : files.values()) {
      extensions(file).stream()
          .filter(field -> field.getExtendee().equals("." + message))
          .forEach(field -> numbers.add(field.getNumber()));
    }
    return numbers;
  }

  private static List<FieldDescriptorProto> extensions(FileDescriptorProto file) {
    List<FieldDescriptorProto> found = new ArrayList<>(file.getExtensionList());
    file.getMessageTypeList().forEach(message -> extensions(message, found));
    return found;
  }

  private static void extensions(DescriptorProto message, List<FieldDescriptorProto> found) {
    found.addAll(message.getExtensionList());
    message.getNestedTypeList().forEach(nested -> extensions(nested, found));
  }

  /// A file and all it imports, itself first.
  public List<FileDescriptorProto> closure(String name) {
    Map<String, FileDescriptorProto> found = new LinkedHashMap<>();
    reach(name, found);
    return List.copyOf(found.values());
  }

  private void reach(String name, Map<String, FileDescriptorProto> found) {
    FileDescriptorProto file = files.get(name);
    if (file != null && found.putIfAbsent(name, file) == null) {
      file.getDependencyList().forEach(imported -> reach(imported, found));
    }
  }

  /// Imported files that are not here, ascending.
  public Set<String> missing() {
    Set<String> missing = new TreeSet<>();
    files.values().forEach(file -> missing.addAll(file.getDependencyList()));
    missing.removeAll(files.keySet());
    return missing;
  }

  // ---- other sets

  /// What of these files belongs to some services: the services, the types they use, and whatever
  /// no other service of the files uses. No comments.
  public FileSet only(Predicate<String> services) {
    return new Pruning(this, services).pruned();
  }

  /// These files and others. A file that both have gets the services, messages, enums and
  /// extensions of both: two cuts of one file become one again.
  public FileSet with(FileSet others) {
    Map<String, FileDescriptorProto> union = new LinkedHashMap<>(files);
    others.files.forEach((name, file) -> union.merge(name, file, FileSet::union));
    return of(union.values());
  }

  private static FileDescriptorProto union(FileDescriptorProto one, FileDescriptorProto other) {
    if (one.equals(other)) {
      return one;
    }
    FileDescriptorProto.Builder union = one.toBuilder();
    Set<String> present = new TreeSet<>();
    one.getMessageTypeList().forEach(message -> present.add(message.getName()));
    one.getEnumTypeList().forEach(type -> present.add(type.getName()));
    one.getServiceList().forEach(service -> present.add(service.getName()));
    one.getExtensionList().forEach(field -> present.add(field.getName()));
    for (DescriptorProto message : other.getMessageTypeList()) {
      if (present.add(message.getName())) {
        union.addMessageType(message);
      }
    }
    for (EnumDescriptorProto type : other.getEnumTypeList()) {
      if (present.add(type.getName())) {
        union.addEnumType(type);
      }
    }
    for (ServiceDescriptorProto service : other.getServiceList()) {
      if (present.add(service.getName())) {
        union.addService(service);
      }
    }
    for (FieldDescriptorProto field : other.getExtensionList()) {
      if (present.add(field.getName())) {
        union.addExtension(field);
      }
    }
    addImports(union, other);
    return union.build();
  }

  private static void addImports(FileDescriptorProto.Builder union, FileDescriptorProto other) {
    for (int i = 0; i < other.getDependencyCount(); i++) {
      if (!union.getDependencyList().contains(other.getDependency(i))) {
        if (other.getPublicDependencyList().contains(i)) {
          union.addPublicDependency(union.getDependencyCount());
        }
        union.addDependency(other.getDependency(i));
      }
    }
  }

  /// Files as the protocol carries them.
  static List<ByteString> bytes(List<FileDescriptorProto> files) {
    return files.stream().map(FileDescriptorProto::toByteString).toList();
  }

  /// The names of the files, for messages.
  @Override
  public String toString() {
    return new TreeMap<>(files).keySet().toString();
  }
}

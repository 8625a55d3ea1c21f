import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Enumeration;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/**
 * Removes the signatures of jars in a folder (arguments: folder, pattern). Nobody asks a running
 * farcap who signed them, yet for each class the JVM would check the hash of thousands of entries,
 * and it never takes classes of a signed jar into an archive. Their origin is checked by Maven.
 */
final class Unsign {
  public static void main(String[] args) throws IOException {
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(Path.of(args[0]), args[1])) {
      for (Path jar : jars) {
        unsign(jar);
      }
    }
  }

  private static void unsign(Path jar) throws IOException {
    Path unsigned = jar.resolveSibling(jar.getFileName() + ".tmp");
    try (JarFile from = new JarFile(jar.toFile(), false);
        OutputStream file = Files.newOutputStream(unsigned);
        JarOutputStream to = new JarOutputStream(file)) {
      for (Enumeration<JarEntry> entries = from.entries(); entries.hasMoreElements(); ) {
        JarEntry entry = entries.nextElement();
        if (!entry.getName().matches("META-INF/[^/]+\\.(SF|DSA|RSA|EC)")) {
          copy(from, entry, to);
        }
      }
    }
    Files.move(unsigned, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void copy(JarFile from, JarEntry entry, JarOutputStream to) throws IOException {
    ZipEntry copy = new ZipEntry(entry.getName());
    copy.setTime(entry.getTime());
    to.putNextEntry(copy);
    if (entry.getName().equals(JarFile.MANIFEST_NAME)) {
      Manifest manifest = new Manifest();
      Attributes main = from.getManifest().getMainAttributes();
      manifest.getMainAttributes().putAll(main);
      manifest.write(to);
    } else {
      try (InputStream content = from.getInputStream(entry)) {
        content.transferTo(to);
      }
    }
    to.closeEntry();
  }
}

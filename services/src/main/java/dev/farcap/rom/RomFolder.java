package dev.farcap.rom;

import dev.farcap.rom.RomCatalog.Touch;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Watches the root and the folders below it by inotify, polled by the event loop, and tells the
/// catalog what happened to which file. Event loop only, except the constructor.
///
/// Every folder is watched, whether a module in it is in use or not, up to a bound; a file costs
/// nothing. Where the kernel dropped events everything is looked at again. A root that was moved
/// away or deleted is opened anew by its path, as soon as there is one again.
final class RomFolder implements EpollIoHandle {
  private static final Logger LOG = LoggerFactory.getLogger(RomFolder.class);

  private static final int IN_MODIFY = 0x2;
  private static final int IN_CLOSE_WRITE = 0x8;
  private static final int IN_MOVED_FROM = 0x40;
  private static final int IN_MOVED_TO = 0x80;
  private static final int IN_CREATE = 0x100;
  private static final int IN_DELETE = 0x200;
  private static final int IN_DELETE_SELF = 0x400;
  private static final int IN_MOVE_SELF = 0x800;
  private static final int IN_UNMOUNT = 0x2000;
  private static final int IN_IGNORED = 0x8000;
  private static final int IN_ONLYDIR = 0x01000000;
  private static final int IN_DONT_FOLLOW = 0x02000000;
  private static final int IN_ISDIR = 0x40000000;
  private static final int NAMES = IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE;
  private static final int WATCHED =
      NAMES | IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

  /// Some hundred events at once; one is at most 272 bytes.
  private static final int BUFFER_BYTES = 64 * 1024;

  /// How long to wait for a root that is gone, in seconds.
  private static final int REOPEN_S = 1;

  private final RomConfig config;
  private final RomCatalog catalog;
  private final RomCounters counters;
  private final IoEventLoop loop;
  private final FileDescriptor inotify;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.nativeOrder());

  /// By watch descriptor: path below the root, empty for the root.
  private final Map<Integer, String> folders = new HashMap<>();

  private @Nullable IoRegistration registration;
  private int rootWatch = -1;
  private boolean closed;

  /// Nothing is watched before [#start()].
  ///
  /// @throws IOException if the system has no inotify instance left
  RomFolder(RomConfig config, RomCatalog catalog, RomCounters counters, IoEventLoop loop)
      throws IOException {
    this.config = config;
    this.catalog = catalog;
    this.counters = counters;
    this.loop = loop;
    this.inotify = new FileDescriptor(Libc.inotifyInit());
  }

  /// Begins to watch.
  Future<?> start() {
    return loop.register(this)
        .addListener(
            done -> {
              if (done.isSuccess()) {
                registration = (IoRegistration) done.getNow();
                registration.submit(EpollIoOps.EPOLLIN);
                openRoot();
              }
            });
  }

  @Override
  public FileDescriptor fd() {
    return inotify;
  }

  @Override
  public void handle(IoRegistration registration, IoEvent event) {
    drain();
  }

  /// Takes everything that the kernel has to tell now.
  void drain() {
    try {
      for (int end; !closed && (end = inotify.read(buffer, 0, buffer.capacity())) > 0; ) {
        InotifyEvents.read(buffer, end, this::took);
      }
    } catch (IOException e) {
      LOG.error("changes of {} are no longer seen: {}", config.root(), e.toString());
    }
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      if (registration != null) {
        registration.cancel();
      }
      inotify.close();
    }
  }

  /// One event.
  ///
  /// @param name within the folder of the watch, or empty
  void took(int watch, int mask, String name) {
    String folder = folders.get(watch);
    if ((mask & InotifyEvents.IN_Q_OVERFLOW) != 0) {
      LOG.warn("the kernel dropped events of {}: looking at everything again", config.root());
      rescan();
    } else if (folder == null) {
      LOG.trace("late event of a watch that was given up");
    } else if (watch == rootWatch
        && (mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0) {
      LOG.warn("the folder {} was moved or deleted: opening it anew", config.root());
      rescan();
    } else if ((mask & IN_IGNORED) != 0) {
      folders.remove(watch);
    } else if ((mask & NAMES) != 0 && (mask & IN_ISDIR) != 0) {
      tookFolder(below(folder, name), mask);
    } else if ((mask & (NAMES | IN_MODIFY | IN_CLOSE_WRITE)) != 0) {
      catalog.touched(below(folder, name), touch(mask));
    }
  }

  private static Touch touch(int mask) {
    if ((mask & IN_MODIFY) != 0) {
      return Touch.WRITING;
    }
    return (mask & IN_CLOSE_WRITE) != 0 ? Touch.WRITTEN : Touch.REPLACED;
  }

  private static String below(String folder, String name) {
    return folder.isEmpty() ? name : folder + "/" + name;
  }

  private void tookFolder(String path, int mask) {
    if ((mask & (IN_MOVED_FROM | IN_DELETE)) != 0) {
      unwatch(path);
    } else if (ModuleName.isModule(path)) {
      watch(path);
    }
    // Whatever was or is below it changed with it, also before the watch existed.
    catalog.touchedBelow(path);
  }

  private void rescan() {
    counters.rescans.increment();
    List.copyOf(folders.keySet()).forEach(this::forget);
    openRoot();
  }

  private void openRoot() {
    if (closed) {
      return;
    }
    try {
      rootWatch = Libc.inotifyAdd(inotify.intValue(), config.root(), WATCHED);
      folders.put(rootWatch, "");
      watchBelow("");
    } catch (Libc.ErrnoException e) {
      LOG.warn("{} cannot be watched, trying again: {}", config.root(), e.getMessage());
      Future<?> _ = loop.schedule(this::openRoot, REOPEN_S, TimeUnit.SECONDS);
    }
    catalog.touchedBelow("");
  }

  private void watch(String path) {
    if (folders.size() >= config.foldersMax()) {
      counters.foldersUnwatched.increment();
      LOG.warn(
          "folder '{}' is not watched: there are more than {} folders", path, config.foldersMax());
      return;
    }
    try {
      int watch =
          Libc.inotifyAdd(
              inotify.intValue(), config.root().resolve(path), WATCHED | IN_DONT_FOLLOW);
      folders.put(watch, path);
      watchBelow(path);
    } catch (Libc.ErrnoException e) {
      if (e.errno != Libc.ENOENT && e.errno != Libc.ENOTDIR) {
        counters.foldersUnwatched.increment();
        LOG.warn("folder '{}' is not watched: {}", path, e.getMessage());
      }
    }
  }

  private void watchBelow(String path) {
    try (DirectoryStream<Path> children =
        Files.newDirectoryStream(
            config.root().resolve(path),
            child -> Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS))) {
      for (Path child : children) {
        String name = below(path, child.getFileName().toString());
        if (ModuleName.isModule(name)) {
          watch(name);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      LOG.warn("folder '{}' cannot be listed: {}", path, e.toString());
    }
  }

  private void unwatch(String path) {
    folders.entrySet().stream()
        .filter(e -> e.getValue().equals(path) || e.getValue().startsWith(path + "/"))
        .map(Map.Entry::getKey)
        .toList()
        .forEach(this::forget);
  }

  private void forget(int watch) {
    folders.remove(watch);
    Libc.inotifyRemove(inotify.intValue(), watch);
  }
}

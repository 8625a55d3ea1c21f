package dev.farcap.transport.shm;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// An eventfd by which one process tells the other that there is something new.
///
/// It counts one from the beginning, and nobody ever reads it. To ring is to add zero: that tells
/// an edge-triggered epoll, and spares the woken side a read. It also never blocks, whatever the
/// peer did to the counter by writing: what adds nothing overflows nothing, and a peer could take
/// the descriptor's non-blocking mode away. Lives on the loop.
final class Bell {
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(Long.BYTES);
  private static final EpollIoOps EDGES = EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLET);

  private final FileDescriptor fd;
  private @Nullable IoRegistration registration;
  private boolean closed;

  private Bell(FileDescriptor fd) {
    this.fd = fd;
  }

  static Bell create() throws IOException {
    return new Bell(new FileDescriptor(Libc.eventfd(1)));
  }

  /// Takes a descriptor over that came from elsewhere.
  ///
  /// @throws IOException if it is no eventfd: a write to anything else could block
  static Bell of(FileDescriptor fd) throws IOException {
    String kind = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd.intValue())).toString();
    if (!kind.equals("anon_inode:[eventfd]")) {
      throw new IOException("the descriptor is " + kind + ", not an eventfd");
    }
    return new Bell(fd);
  }

  /// To be handed over.
  FileDescriptor fd() {
    return fd;
  }

  void ring() {
    try {
      var _ = fd.write(NOTHING, 0, Long.BYTES);
    } catch (IOException e) {
      throw new IllegalStateException("an eventfd cannot be written", e);
    }
  }

  /// Has rings be heard from now on, the first one at once.
  ///
  /// @param heard may close the bell
  /// @param gone the loop ends
  void listen(IoEventLoop loop, Runnable heard, Runnable gone) {
    Future<IoRegistration> registering =
        loop.register(
            new EpollIoHandle() {
              @Override
              public FileDescriptor fd() {
                return fd;
              }

              @Override
              public void handle(IoRegistration registration, IoEvent event) {
                if (!closed) {
                  heard.run();
                }
              }

              @Override
              public void close() {
                gone.run();
              }
            });
    var _ =
        registering.addListener(
            (Future<IoRegistration> registered) -> {
              if (!registered.isSuccess()) {
                gone.run();
              } else if (closed) {
                registered.getNow().cancel();
              } else {
                registration = registered.getNow();
                registered.getNow().submit(EDGES);
              }
            });
  }

  void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (registration != null) {
      registration.cancel();
    }
    try {
      fd.close();
    } catch (IOException e) {
      throw new IllegalStateException("an eventfd cannot be closed", e);
    }
  }
}

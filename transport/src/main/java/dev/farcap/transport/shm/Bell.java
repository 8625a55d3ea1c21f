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
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// An eventfd by which one process tells the other that there is something new.
///
/// It counts one from the beginning, and nobody ever reads it. To ring is to add zero: that tells
/// an edge-triggered epoll, and spares the woken side a read. It also never blocks, whatever the
/// peer did to the counter by writing: what adds nothing overflows nothing, and a peer could take
/// the descriptor's non-blocking mode away. Lives on the loop.
final class Bell implements AutoCloseable {
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(Long.BYTES);
  private static final String LOOP_ENDED = "the event loop has ended";
  private static final EpollIoOps EDGES = EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLET);

  private final FileDescriptor fd;
  private @Nullable IoRegistration registration;
  private boolean closed;

  private Bell(FileDescriptor fd) {
    this.fd = fd;
  }

  /// Makes what a bell is made of.
  ///
  /// @return its descriptor, the caller's to close, or a bell's
  static FileDescriptor create() throws IOException {
    return new FileDescriptor(Libc.eventfd(1));
  }

  /// A bell of a descriptor, which may have come from elsewhere; its own from now on.
  ///
  /// @throws IOException if it is no eventfd: a write to anything else could block
  static Bell of(FileDescriptor fd) throws IOException {
    String kind = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd.intValue())).toString();
    if (!kind.equals("anon_inode:[eventfd]")) {
      throw new IOException("the descriptor is " + kind + ", not an eventfd");
    }
    return new Bell(fd);
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
  /// @param gone hears why none will be heard any more
  void listen(IoEventLoop loop, Runnable heard, Consumer<String> gone) {
    Future<IoRegistration> registering = loop.register(new Listening(heard, gone));
    var _ =
        registering.addListener(
            (Future<IoRegistration> registered) -> {
              if (registered.isSuccess()) {
                begin(registered.getNow(), gone);
              } else {
                gone.accept(describe(registered.cause()));
              }
            });
  }

  private void begin(IoRegistration begun, Consumer<String> gone) {
    if (closed) {
      begun.cancel();
      return;
    }
    registration = begun;
    try {
      begun.submit(EDGES);
    } catch (RuntimeException refused) {
      gone.accept(describe(refused));
    }
  }

  private static String describe(Throwable failure) {
    return failure instanceof RejectedExecutionException
        ? LOOP_ENDED
        : "its bell cannot be heard: " + failure.getMessage();
  }

  private final class Listening implements EpollIoHandle {
    private final Runnable heard;
    private final Consumer<String> gone;

    Listening(Runnable heard, Consumer<String> gone) {
      this.heard = heard;
      this.gone = gone;
    }

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
      gone.accept(LOOP_ENDED);
    }
  }

  @Override
  public void close() {
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

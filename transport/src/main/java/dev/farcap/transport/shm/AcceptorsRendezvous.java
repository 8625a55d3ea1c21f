package dev.farcap.transport.shm;

import dev.farcap.transport.shm.Rendezvous.RefusedException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.unix.FileDescriptor;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What the acceptor does at the rendezvous; [DiallersRendezvous] asks.
///
///     Hello ◀ Offer ▶ Ready ◀ descriptors ▶ Taken ◀
final class AcceptorsRendezvous implements Rendezvous.Side {
  private final Rendezvous rendezvous;
  private Due due = Due.HELLO;
  private @Nullable FileDescriptor descriptor;
  private @Nullable SharedMemory memory;
  private @Nullable Shared shared;

  /// What the dialler is to say.
  private enum Due {
    HELLO,
    READY,
    TAKEN
  }

  AcceptorsRendezvous(Rendezvous rendezvous) {
    this.rendezvous = rendezvous;
  }

  @Override
  public void begin() {
    // The dialler does.
  }

  @Override
  public void heard(Message message) throws RefusedException, IOException {
    switch (message) {
      case Message.Hello hello when due == Due.HELLO -> offer(hello);
      case Message.Ready _ when due == Due.READY -> handOver();
      case Message.Taken _ when due == Due.TAKEN -> open();
      default -> throw RefusedException.outOfTurn(message, due);
    }
  }

  @Override
  public void heard(FileDescriptor descriptor) throws RefusedException {
    throw RefusedException.outOfTurn("a descriptor", due);
  }

  private void offer(Message.Hello hello) throws RefusedException, IOException {
    rendezvous.checkUser(hello.uid());
    int ringBytes = rendezvous.config().ringBytes();
    Nonce nonce = Nonce.random();
    FileDescriptor made = rendezvous.keep(SharedMemory.create(ringBytes));
    SharedMemory mapped = rendezvous.map(made, ringBytes);
    mapped.nonce(nonce);
    descriptor = made;
    memory = mapped;
    due = Due.READY;
    rendezvous.say(new Message.Offer(Libc.euid(), ringBytes, nonce));
  }

  private void handOver() throws IOException {
    FileDescriptor diallers = rendezvous.keep(Bell.create());
    FileDescriptor acceptors = rendezvous.keep(Bell.create());
    shared =
        Shared.ofAcceptor(Objects.requireNonNull(memory), Bell.of(diallers), Bell.of(acceptors));
    due = Due.TAKEN;
    // Behind TLS: descriptors cannot be encrypted, and need not be.
    ChannelHandlerContext raw = rendezvous.channel().pipeline().context(SslHandler.class);
    var _ = raw.write(Objects.requireNonNull(descriptor));
    var _ = raw.write(diallers);
    var _ = raw.writeAndFlush(acceptors);
  }

  private void open() {
    Rendezvous.close(Objects.requireNonNull(descriptor)); // The mapping stays.
    rendezvous.open(Objects.requireNonNull(shared));
  }
}

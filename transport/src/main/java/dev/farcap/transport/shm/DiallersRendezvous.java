package dev.farcap.transport.shm;

import dev.farcap.transport.shm.Rendezvous.RefusedException;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What the dialler does at the rendezvous; [AcceptorsRendezvous] answers.
///
///     Hello ▶ Offer ◀ Ready ▶ descriptors ◀ Taken ▶
final class DiallersRendezvous implements Rendezvous.Side {
  /// The memory, the dialler's bell, the acceptor's bell.
  private static final int DESCRIPTORS = 3;

  private final Rendezvous rendezvous;
  private final List<FileDescriptor> descriptors = new ArrayList<>();
  private Due due = Due.OFFER;
  private Message.@Nullable Offer offer;

  /// What the acceptor is to do.
  private enum Due {
    OFFER,
    DESCRIPTORS,
    NOTHING
  }

  DiallersRendezvous(Rendezvous rendezvous) {
    this.rendezvous = rendezvous;
  }

  @Override
  public void begin() {
    rendezvous.say(new Message.Hello(Libc.euid()));
  }

  @Override
  public void heard(Message message) throws RefusedException, IOException {
    if (due != Due.OFFER || !(message instanceof Message.Offer offered)) {
      throw RefusedException.outOfTurn(message, due);
    }
    check(offered);
    offer = offered;
    due = Due.DESCRIPTORS;
    rendezvous.later(
        () -> {
          rendezvous.channel().config().setReadMode(DomainSocketReadMode.FILE_DESCRIPTORS);
          rendezvous.say(new Message.Ready());
        });
  }

  private void check(Message.Offer offered) throws RefusedException, IOException {
    rendezvous.checkUser(offered.uid());
    int limit = rendezvous.config().ringBytes();
    if (offered.ringBytes() > limit) {
      throw new RefusedException(
          "the peer offers rings of " + offered.ringBytes() + " bytes, limit " + limit);
    }
  }

  @Override
  public void heard(FileDescriptor descriptor) throws RefusedException, IOException {
    if (due != Due.DESCRIPTORS) {
      throw RefusedException.outOfTurn("a descriptor", due);
    }
    descriptors.add(descriptor);
    if (descriptors.size() == DESCRIPTORS) {
      due = Due.NOTHING;
      Shared shared = take(Objects.requireNonNull(offer));
      rendezvous.later(
          () -> {
            rendezvous.channel().config().setReadMode(DomainSocketReadMode.BYTES);
            rendezvous.say(new Message.Taken());
            rendezvous.open(shared);
          });
    }
  }

  private Shared take(Message.Offer offered) throws RefusedException, IOException {
    SharedMemory memory = rendezvous.map(descriptors.getFirst(), offered.ringBytes());
    Rendezvous.close(descriptors.getFirst()); // The mapping stays.
    if (!memory.nonce().equals(offered.nonce())) {
      throw new RefusedException("the memory is not the one that was offered");
    }
    return Shared.ofDialler(memory, Bell.of(descriptors.get(1)), Bell.of(descriptors.get(2)));
  }
}

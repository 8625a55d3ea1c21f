package dev.farcap.transport.shm;

import dev.farcap.transport.tls.TlsHandshake;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Stands where a rendezvous would, with a proven peer, and does what a test says. What it made and
/// what it got is closed with its socket.
final class Liar extends ChannelInboundHandlerAdapter {
  private final EpollDomainSocketChannel channel;
  private final Script script;
  private final List<FileDescriptor> descriptors = new ArrayList<>();
  private int heardBytes;
  private int heardDescriptors;

  /// What it does.
  interface Script {
    /// The next step.
    ///
    /// @param heard messages and descriptors that the peer has sent so far, 0 at the beginning
    void next(Liar liar, int heard) throws Exception;
  }

  private Liar(EpollDomainSocketChannel channel, Script script) {
    this.channel = channel;
    this.script = script;
  }

  static TlsHandshake.Opening opening(Script script) {
    return (handshake, _, _, _) -> {
      EpollDomainSocketChannel channel = (EpollDomainSocketChannel) handshake.channel();
      handshake.pipeline().replace(handshake.handler(), "liar", new Liar(channel, script));
    };
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    script.next(this, 0);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    if (message instanceof FileDescriptor descriptor) {
      descriptors.add(descriptor);
      heardDescriptors++;
    } else {
      ByteBuf bytes = (ByteBuf) message;
      heardBytes += bytes.readableBytes();
      bytes.release();
    }
    script.next(this, heardBytes / Message.BYTES + heardDescriptors);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    var _ = channel.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws IOException {
    for (FileDescriptor descriptor : descriptors) {
      descriptor.close();
    }
  }

  // What it can do.

  EpollDomainSocketChannel channel() {
    return channel;
  }

  void say(Message message) {
    say(message.encode(channel.alloc()));
  }

  void say(ByteBuf bytes) {
    var _ = channel.writeAndFlush(bytes);
  }

  FileDescriptor keep(FileDescriptor descriptor) {
    descriptors.add(descriptor);
    return descriptor;
  }

  /// Writes a descriptor or bytes beside TLS.
  void hand(Object plain) {
    var _ = channel.pipeline().context(SslHandler.class).writeAndFlush(plain);
  }

  /// Says that it takes descriptors, and does.
  void takeDescriptors() {
    channel
        .eventLoop()
        .execute(
            () -> {
              channel.config().setReadMode(DomainSocketReadMode.FILE_DESCRIPTORS);
              say(new Message.Ready());
            });
  }
}

package dev.farcap.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a supervisor is told, at a datagram socket of its own.
final class SupervisorTest {
  private static final long PATIENCE_S = 30;

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

  @AfterEach
  void stop() {
    var _ = loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private void listen(String address) throws Exception {
    Channel _ =
        new Bootstrap()
            .group(loop)
            .channel(EpollDomainDatagramChannel.class)
            .handler(
                new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                  @Override
                  protected void channelRead0(
                      ChannelHandlerContext context, DomainDatagramPacket packet) {
                    told.add(packet.content().toString(StandardCharsets.UTF_8));
                  }
                })
            .bind(new DomainSocketAddress(address))
            .sync()
            .channel();
  }

  private String next() throws InterruptedException {
    return String.valueOf(told.poll(PATIENCE_S, TimeUnit.SECONDS));
  }

  @Test
  void isToldAtAPath(@TempDir Path folder) throws Exception {
    String path = folder.resolve("notify").toString();
    listen(path);

    Supervisor.of(path).ready();

    assertEquals("READY=1", next());
  }

  @Test
  void isToldAtAnAbstractName() throws Exception {
    String name = "farcap-" + ProcessHandle.current().pid();
    listen("\0" + name);

    Supervisor.of("@" + name).ready();

    assertEquals("READY=1", next());
  }

  @Test
  void waitsForTheEndAsLongAsCallsMayDrain(@TempDir Path folder) throws Exception {
    String path = folder.resolve("notify").toString();
    listen(path);

    Supervisor.of(path).stopping(Duration.ofMinutes(10));

    List<String> lines = next().lines().toList();
    assertEquals("STOPPING=1", lines.getFirst());
    long micros = Long.parseLong(lines.get(1).substring("EXTEND_TIMEOUT_USEC=".length()));
    assertTrue(micros > TimeUnit.MINUTES.toMicros(10), lines.toString());
  }

  @Test
  void whoIsNotThereOrCannotBeHoldsNobodyUp(@TempDir Path folder) {
    for (String nobody : List.of(folder + "/nobody", "nonsense", "@" + "x".repeat(200))) {
      Supervisor.of(nobody).ready();
    }
    Supervisor.of(null).ready();
  }

  @Test
  void proxyTellsItsWholeLife(@TempDir Path folder) throws Exception {
    String path = folder.resolve("notify").toString();
    listen(path);
    try (Pair pair = new Pair(folder, "env", "NOTIFY_SOCKET=" + path)) {
      pair.prepare();

      Process server = pair.start("run", "server", _ -> true);

      assertEquals("READY=1", next());
      new ProcessBuilder("kill", "-HUP", Long.toString(server.pid())).start().waitFor();
      String reloading = next();
      assertTrue(reloading.matches("RELOADING=1\nMONOTONIC_USEC=[0-9]+"), reloading);
      assertEquals("READY=1", next());
      assertTrue(pair.log("server").contains("reloading"), pair.log("server"));
      assertEquals(ExitCode.DONE, pair.end(server), pair.log("server"));
      assertTrue(next().startsWith("STOPPING=1\n"));
    }
  }
}

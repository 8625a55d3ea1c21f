package dev.farcap.routing.consul;

import dev.farcap.routing.Provider.Health;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a provider in Consul's catalog for as long as it lives.
///
/// Three times within the configured TTL it says that it is there; a change of health is said at
/// once. Who is not heard of is down for all who watch. An agent that has lost the registration is
/// given it again. One virtual thread does it all; other threads may call.
public final class ConsulRegistration implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ConsulRegistration.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  /// Who is not deregistered by then is found to be down by its TTL.
  private static final Duration FAREWELL = Duration.ofSeconds(2);

  private final ConsulConfig config;
  private final ConsulAgent agent;
  private final ConsulNames names;
  private final String id;
  private final Thread thread;
  private Registration provider;
  private boolean changed;
  private boolean alarmed;
  private boolean closed;
  private volatile @Nullable String trouble = "not registered yet";

  private ConsulRegistration(ConsulConfig config, Registration provider) throws ConsulFailure {
    this.config = config;
    this.agent = new ConsulAgent(config);
    this.names = new ConsulNames(provider.identity().realm());
    this.id = names.registration(provider.identity());
    this.provider = provider;
    this.thread = Thread.ofVirtual().name("farcap-consul-registration").unstarted(this::run);
  }

  /// Registers a provider, as soon as Consul can be reached.
  ///
  /// @throws ConsulFailure if files of TLS cannot be used; never because Consul is away
  public static ConsulRegistration open(ConsulConfig config, Registration provider)
      throws ConsulFailure {
    ConsulRegistration registration = new ConsulRegistration(config, provider);
    registration.thread.start();
    return registration;
  }

  /// Says another health from now on.
  public synchronized void health(Health health) {
    provider = provider.with(health);
    changed = true;
    notifyAll();
  }

  /// Why Consul does not have the registration, or null while it has.
  public @Nullable String trouble() {
    return trouble;
  }

  private void run() {
    boolean registered = false;
    while (!isClosed()) {
      Duration pause = config.ttl().dividedBy(3);
      try {
        Registration present = present();
        if (!registered || !agent.report(id, present.health())) {
          agent.register(names.service(), id, present);
          registered = true;
          // An agent that knows the check already keeps what that said last.
          var _ = agent.report(id, present.health());
        }
        mended();
      } catch (ConsulFailure e) {
        failed(e);
        pause = RETRY;
      }
      pause(pause);
    }
    if (registered) {
      farewell();
    }
    agent.close();
  }

  private synchronized Registration present() {
    changed = false;
    return provider;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private synchronized void pause(Duration pause) {
    long end = System.nanoTime() + pause.toNanos();
    try {
      while (!closed && !changed && System.nanoTime() < end) {
        TimeUnit.NANOSECONDS.timedWait(this, end - System.nanoTime());
      }
    } catch (InterruptedException _) {
      closed = true;
    }
  }

  private void farewell() {
    try {
      agent.deregister(id);
      LOG.info("{}: {} is no longer registered", config, id);
    } catch (ConsulFailure e) {
      LOG.warn("{}: {} stays registered until its TTL is over: {}", config, id, e.getMessage());
    }
  }

  private void mended() {
    if (trouble != null) {
      trouble = null;
      alarmed = false;
      LOG.info("{}: registered as {}", config, id);
    }
  }

  private void failed(ConsulFailure e) {
    trouble = e.getMessage();
    if (!alarmed) {
      alarmed = true;
      LOG.warn("{}: {} cannot be registered: {}", config, id, trouble);
    }
  }

  /// Takes the provider out of the catalog, if Consul answers soon. Blocks for at most two seconds.
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      if (!thread.join(FAREWELL)) {
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }
}

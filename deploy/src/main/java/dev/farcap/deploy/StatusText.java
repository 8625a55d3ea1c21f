package dev.farcap.deploy;

import dev.farcap.node.NodeStatus;
import dev.farcap.node.NodeStatus.DirectoryStatus;
import dev.farcap.node.NodeStatus.GrantStatus;
import dev.farcap.node.NodeStatus.LinkStatus;
import dev.farcap.node.NodeStatus.ListenerStatus;
import dev.farcap.node.NodeStatus.PathStatus;
import dev.farcap.node.NodeStatus.RefusalStatus;
import dev.farcap.node.NodeStatus.RegistrationStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A status for people.
final class StatusText {
  private static final int MS_PER_S = 1_000;

  private final NodeStatus status;
  private final List<String> lines = new ArrayList<>();

  StatusText(NodeStatus status) {
    this.status = status;
  }

  List<String> lines() {
    lines.add(
        "%s, %s, %s"
            .formatted(status.identity(), status.role(), status.ready() ? "ready" : "not ready"));
    lines.add(
        "since %s, certificate until %s".formatted(status.started(), status.certificateExpires()));
    lines.add(
        "sessions: %d opened, %d hosted"
            .formatted(status.sessionsOpened(), status.sessionsHosted()));
    section("listeners", status.listeners(), this::listener);
    section("links", status.links(), this::link);
    section(
        "refused since the start",
        status.refusals().stream().filter(refused -> refused.count() > 0).toList(),
        this::refusal);
    DirectoryStatus directory = status.directory();
    if (directory != null) {
      lines.add(
          "directory %s, number %d, seen %d ms ago"
              .formatted(directory.source(), directory.number(), directory.ageMs()));
      trouble(directory.trouble());
    }
    RegistrationStatus registration = status.registration();
    if (registration != null) {
      lines.add("registered at " + String.join(", ", registration.addresses()));
      trouble(registration.trouble());
    }
    section("grants", status.grants(), this::grant);
    section("exports", status.exports(), export -> lines.add("  " + export));
    return lines;
  }

  private void listener(ListenerStatus listener) {
    lines.add(
        "  %-12s %s, %d connections, %d calls, %d sessions"
            .formatted(
                listener.name(),
                listener.address(),
                listener.connections(),
                listener.calls(),
                listener.sessions()));
  }

  private void link(LinkStatus link) {
    lines.add(
        "  %s %s for %d s, %s, round trip %d µs, %d sessions opened, %d hosted, %d calls"
            .formatted(
                link.peer(),
                link.state(),
                link.sinceMs() / MS_PER_S,
                link.medium() == null ? "-" : link.medium(),
                link.roundTripMicros(),
                link.sessionsOpened(),
                link.sessionsHosted(),
                link.calls()));
    if (link.path() != null) {
      path(link.path());
    }
    trouble(link.lastFailure());
  }

  private void path(PathStatus path) {
    String counted =
        path.packetsSent() == null
            ? ""
            : "%d packets sent, %d lost, ".formatted(path.packetsSent(), path.packetsLost());
    lines.add(
        "    network: round trip %d µs, %s%d sent again, up to %d bytes each"
            .formatted(
                path.roundTripMicros(),
                counted,
                path.packetsRetransmitted(),
                path.packetBytesMax()));
  }

  private void refusal(RefusalStatus refused) {
    lines.add(
        "  %d %s%s"
            .formatted(
                refused.count(),
                refused.reason(),
                refused.listener() == null ? "" : " at " + refused.listener()));
  }

  private void grant(GrantStatus grant) {
    lines.add(
        "  %s at %s, %s, until %s"
            .formatted(grant.service(), grant.server(), grant.label(), grant.expires()));
  }

  private void trouble(@Nullable String trouble) {
    if (trouble != null) {
      lines.add("    " + trouble);
    }
  }

  private <T> void section(String name, List<T> items, Consumer<T> each) {
    if (!items.isEmpty()) {
      lines.add(name + ":");
      items.forEach(each);
    }
  }
}

package dev.farcap.node;

import static dev.farcap.node.Html.all;
import static dev.farcap.node.Html.element;
import static dev.farcap.node.Html.text;

import dev.farcap.node.NodeStatus.DirectoryStatus;
import dev.farcap.node.NodeStatus.GrantStatus;
import dev.farcap.node.NodeStatus.LinkStatus;
import dev.farcap.node.NodeStatus.ListenerStatus;
import dev.farcap.node.NodeStatus.RefusalStatus;
import dev.farcap.node.NodeStatus.RegistrationStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A status as a page for people, whole without any script. `status.js` fetches it again and again
/// and takes over what has changed: so it is written in one place only, here.
final class StatusPage {
  private static final int S_PER_MIN = 60;
  private static final int S_PER_H = 3600;

  private StatusPage() {}

  /// @param now when the status was taken
  static String of(NodeStatus status, Instant now) {
    return Html.document(
        element(
            "html",
            Map.of("lang", "en"),
            element(
                "head",
                element("meta", Map.of("charset", "utf-8")),
                element(
                    "meta",
                    Map.of("name", "viewport", "content", "width=device-width, initial-scale=1")),
                element("title", text(status.identity() + ", " + health(status))),
                // No request for one.
                element("link", Map.of("rel", "icon", "href", "data:,")),
                element("link", Map.of("rel", "stylesheet", "href", "/status.css")),
                element("script", Map.of("src", "/status.js", "defer", ""))),
            element("body", main(status, now), footer())));
  }

  private static Html footer() {
    return element(
        "footer",
        element("p", Map.of("id", "live", "role", "status"), text("Reload to see what changes.")),
        element(
            "p",
            text("The same for programs: "),
            element("a", Map.of("href", "/status"), text("status")),
            text(", "),
            element("a", Map.of("href", "/health"), text("health")),
            text(", "),
            element("a", Map.of("href", "/metrics"), text("metrics")),
            text(".")));
  }

  private static Html main(NodeStatus status, Instant now) {
    return element(
        "main",
        element("h1", text(status.identity())),
        facts(
            fact("Role", status.role()),
            fact("Health", health(status), status.ready() ? "good" : "bad"),
            fact("As of", second(now)),
            fact("Running since", status.started()),
            fact("Certificate until", status.certificateExpires()),
            fact("Trust bundle", "number " + status.trustBundle().number()),
            fact(
                "Sessions",
                "%d opened for programs here, %d hosted for peers"
                    .formatted(status.sessionsOpened(), status.sessionsHosted()))),
        links(status.links()),
        listeners(status.listeners()),
        refusals(status.refusals()),
        status.directory() == null ? all() : directory(status.directory()),
        status.registration() == null ? all() : registration(status.registration()),
        grants(status.grants()),
        table("Exports", status.exports(), List.of(new Column<>("Service", export -> export))));
  }

  private static String health(NodeStatus status) {
    return status.ready() ? "ready" : "not ready";
  }

  // ---- sections

  private static Html links(List<LinkStatus> links) {
    return table(
        "Links",
        links,
        List.of(
            new Column<>("Peer", LinkStatus::peer),
            new Column<>("State", LinkStatus::state, link -> up(link) ? "good" : "bad"),
            new Column<>("For", link -> duration(link.sinceMs())),
            new Column<>("Medium", link -> link.medium() == null ? "none yet" : link.medium()),
            new Column<>("Round trip", link -> micros(link.roundTripMicros()), _ -> "number"),
            new Column<>("Sessions opened", LinkStatus::sessionsOpened),
            new Column<>("Sessions hosted", LinkStatus::sessionsHosted),
            new Column<>("Calls in flight", LinkStatus::calls),
            new Column<>(
                "Trouble", link -> link.lastFailure() == null ? "none" : link.lastFailure())));
  }

  private static boolean up(LinkStatus link) {
    return link.state().equals("up");
  }

  private static Html listeners(List<ListenerStatus> listeners) {
    return table(
        "Listeners",
        listeners,
        List.of(
            new Column<>("Name", ListenerStatus::name),
            new Column<>("Address", ListenerStatus::address),
            new Column<>("Connections", ListenerStatus::connections),
            new Column<>("Calls in flight", ListenerStatus::calls),
            new Column<>("Sessions", ListenerStatus::sessions)));
  }

  private static Html refusals(List<RefusalStatus> refusals) {
    return table(
        "Refusals since the start",
        refusals.stream().filter(refused -> refused.count() > 0).toList(),
        List.of(
            new Column<>("Reason", RefusalStatus::reason),
            new Column<>("Meaning", refused -> meaning(refused.reason())),
            new Column<>(
                "Listener", refused -> refused.listener() == null ? "any" : refused.listener()),
            new Column<>("Number", RefusalStatus::count)));
  }

  private static String meaning(String reason) {
    return switch (reason) {
      case "gate" -> "sessions of peers, by grants, exports and policies here";
      case "route" -> "sessions, no rule leads anywhere";
      case "grant" -> "sessions, no grant for them here";
      case "link" -> "sessions, no link to the provider";
      case "peer" -> "sessions, by the server";
      case "user" -> "connections, this user may not";
      case "connections" -> "connections, too many";
      case "flood" -> "connections, nothing but empty data";
      case "calls" -> "calls, too many";
      case "messages" -> "calls, too much of messages that are not complete";
      case "sessions" -> "sessions, too many of one connection";
      case "invalid" -> "label, service or handle is none";
      default -> "";
    };
  }

  private static Html directory(DirectoryStatus directory) {
    return section(
        "Directory",
        facts(
            fact("From", directory.source()),
            fact("Confirmed", duration(directory.ageMs()) + " ago"),
            fact("Number", Long.toString(directory.number())),
            fact("Providers", Integer.toString(directory.providers())),
            trouble(directory.trouble())));
  }

  private static Html registration(RegistrationStatus registration) {
    return section(
        "Registration",
        facts(
            fact("Dialled at", String.join(", ", registration.addresses())),
            trouble(registration.trouble())));
  }

  private static Html trouble(@Nullable String trouble) {
    return trouble == null ? fact("Trouble", "none", "good") : fact("Trouble", trouble, "bad");
  }

  private static Html grants(List<GrantStatus> grants) {
    return table(
        "Grants",
        grants,
        List.of(
            new Column<>("Service", GrantStatus::service),
            new Column<>("Server", GrantStatus::server),
            new Column<>("Label", GrantStatus::label),
            new Column<>("Until", GrantStatus::expires),
            new Column<>("File", GrantStatus::file)));
  }

  // ---- forms

  /// One column of a table.
  ///
  /// @param look a class of the style sheet
  private record Column<T>(String name, Function<T, Object> value, Function<T, String> look) {
    Column(String name, Function<T, Object> value) {
      this(name, value, row -> value.apply(row) instanceof Number ? "number" : "");
    }

    Html cell(T row, boolean head) {
      Html content = text(String.valueOf(value.apply(row)));
      String looks = look.apply(row);
      return head
          ? element("th", Map.of("scope", "row"), content)
          : element("td", looks.isEmpty() ? Map.of() : Map.of("class", looks), content);
    }
  }

  /// The first column names the row.
  private static <T> Html table(String name, List<T> rows, List<Column<T>> columns) {
    if (rows.isEmpty()) {
      return section(name, element("p", text("None.")));
    }
    Html head =
        all(
            columns.stream()
                .map(column -> element("th", Map.of("scope", "col"), text(column.name())))
                .toArray(Html[]::new));
    Html body =
        all(rows.stream().map(row -> element("tr", cells(row, columns))).toArray(Html[]::new));
    return section(
        name, element("table", element("thead", element("tr", head)), element("tbody", body)));
  }

  private static <T> Html cells(T row, List<Column<T>> columns) {
    List<Html> cells = new ArrayList<>();
    for (Column<T> column : columns) {
      cells.add(column.cell(row, cells.isEmpty()));
    }
    return all(cells.toArray(Html[]::new));
  }

  private static Html section(String name, Html content) {
    String id = name.toLowerCase(Locale.ROOT).replace(' ', '-');
    return element(
        "section",
        Map.of("aria-labelledby", id),
        element("h2", Map.of("id", id), text(name)),
        content);
  }

  private static Html facts(Html... facts) {
    return element("dl", facts);
  }

  private static Html fact(String name, String value) {
    return fact(name, value, null);
  }

  private static Html fact(String name, String value, @Nullable String look) {
    return element(
        "div",
        element("dt", text(name)),
        element("dd", look == null ? Map.of() : Map.of("class", look), text(value)));
  }

  private static String second(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static String duration(long ms) {
    long s = TimeUnit.MILLISECONDS.toSeconds(ms);
    if (s < S_PER_MIN) {
      return s + " s";
    }
    return s < S_PER_H ? s / S_PER_MIN + " min" : s / S_PER_H + " h";
  }

  private static String micros(long micros) {
    return micros == 0 ? "not yet" : micros + " µs";
  }
}

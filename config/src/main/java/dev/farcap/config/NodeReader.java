package dev.farcap.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.parser.Parser;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;

/// Turns YAML text into [Node]s and refuses what the dialect leaves out.
///
/// What is refused but can be read over (a tag, an anchor, a second value for a key) is a problem
/// and reading goes on; after a mistake of syntax nothing further is known of the file.
final class NodeReader {
  /// Deeper than any configuration; bounds the recursion of this reader and of every other.
  static final int DEPTH_MAX = 32;

  private final Problems problems;
  private final Parser parser;

  private NodeReader(StreamReader characters, Problems problems) {
    LoaderOptions options = new LoaderOptions();
    options.setProcessComments(false);
    this.problems = problems;
    this.parser = new ParserImpl(characters, options);
  }

  /// The root, an empty mapping for an empty document, or null if the text is no YAML.
  static @Nullable Node read(String text, Problems problems) {
    StreamReader characters = new StreamReader(text);
    try {
      return new NodeReader(characters, problems).document();
    } catch (MarkedYAMLException e) {
      problems.add(markOf(e), "", "no YAML: " + describe(e));
    } catch (ReaderException e) {
      int chars = Math.min(e.getPosition(), text.codePointCount(0, text.length()));
      Mark mark = Mark.after(text.substring(0, text.offsetByCodePoints(0, chars)));
      problems.add(
          mark, "", "no YAML: character U+%04X is not allowed".formatted(e.getCodePoint()));
    } catch (YAMLException e) {
      // The parser's own checks, such as of a key in a line of its own.
      problems.add(Mark.of(characters.getMark()), "", "no YAML: " + e.getMessage());
    } catch (Refusal e) {
      problems.add(e.mark, "", e.problem);
    } catch (IllegalArgumentException e) {
      // What the parser says to an escape of no character, such as "\UFFFFFFFF".
      problems.add(Mark.of(characters.getMark()), "", "no YAML: there is no such character");
    }
    return null;
  }

  private static @Nullable Mark markOf(MarkedYAMLException e) {
    return e.getProblemMark() == null ? null : Mark.of(e.getProblemMark());
  }

  private static String describe(MarkedYAMLException e) {
    String context = e.getContext() == null ? "" : e.getContext() + ", ";
    return (context + e.getProblem()).replaceAll("\\s+", " ");
  }

  private Node document() {
    next(); // stream start
    if (parser.peekEvent().is(Event.ID.StreamEnd)) {
      return new Node.Mapping(new Mark(1, 1), Map.of());
    }
    Event start = next();
    Node root = node(0);
    next(); // document end
    if (!parser.peekEvent().is(Event.ID.StreamEnd)) {
      refuse(parser.peekEvent(), "a second document begins here, expected one in a file");
    }
    return root instanceof Node.Scalar scalar && scalar.isNothing()
        ? new Node.Mapping(Mark.of(start.getStartMark()), Map.of())
        : root;
  }

  private Node node(int depth) {
    Event event = next();
    Mark mark = Mark.of(event.getStartMark());
    if (depth > DEPTH_MAX) {
      throw new Refusal(mark, "nested deeper than " + DEPTH_MAX);
    }
    if (event instanceof NodeEvent named && named.getAnchor() != null) {
      String kind = event instanceof AliasEvent ? "alias *" : "anchor &";
      refuse(event, kind + named.getAnchor() + ": anchors and aliases are not supported");
    }
    return switch (event) {
      case ScalarEvent scalar -> {
        refuseTag(scalar, scalar.getTag());
        yield new Node.Scalar(mark, scalar.getValue(), scalar.isPlain());
      }
      case SequenceStartEvent sequence -> {
        refuseTag(sequence, sequence.getTag());
        yield new Node.Sequence(mark, items(depth));
      }
      case MappingStartEvent mapping -> {
        refuseTag(mapping, mapping.getTag());
        yield new Node.Mapping(mark, entries(depth));
      }
      default -> new Node.Scalar(mark, "", true); // an alias, already refused
    };
  }

  private List<Node> items(int depth) {
    List<Node> items = new ArrayList<>();
    while (!parser.peekEvent().is(Event.ID.SequenceEnd)) {
      items.add(node(depth + 1));
    }
    next();
    return items;
  }

  private Map<String, Node.Entry> entries(int depth) {
    Map<String, Node.Entry> entries = new LinkedHashMap<>();
    while (!parser.peekEvent().is(Event.ID.MappingEnd)) {
      Node key = node(depth + 1);
      Node value = node(depth + 1);
      if (key instanceof Node.Scalar scalar) {
        Node.Entry first = entries.putIfAbsent(scalar.text(), new Node.Entry(key.mark(), value));
        if (first != null) {
          int line = first.mark().line();
          problems.add(key.mark(), "", "duplicate key " + key.called() + ", first in line " + line);
        }
      } else {
        problems.add(key.mark(), "", "expected a key, found " + key.called());
      }
    }
    next();
    return entries;
  }

  private Event next() {
    return parser.getEvent();
  }

  private void refuseTag(Event event, @Nullable String tag) {
    if (tag != null) {
      refuse(event, "tag " + tag + ": tags are not supported");
    }
  }

  private void refuse(Event event, String message) {
    problems.add(Mark.of(event.getStartMark()), "", message);
  }

  /// Ends the reading of a document.
  private static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Mark mark;
    private final String problem;

    private Refusal(Mark mark, String problem) {
      super(problem, null, false, false);
      this.mark = mark;
      this.problem = problem;
    }
  }
}

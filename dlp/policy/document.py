"""YAML text into a tree of nodes that remember their lines; the only importer of `yaml` in this package.

A policy file is hostile until it has been read. So the tree is built here from parser events, without recursion
and without YAML's object constructors: a tag is a mistake and never runs anything, depth and size are bounded before
memory is spent, an alias is charged for everything it repeats, and a scalar stays the text that was written until the
schema says what it should be (`deny_list: {NORWAY: [no]}` is the word "no", not False).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import yaml

from dlp.errors import PolicyError

MAX_BYTES = 2**20
"""A policy with a deny list of 40 000 terms is about 600 kB."""
MAX_DEPTH = 16
"""The deepest place that the schema knows is a recognizer's pattern, 6 levels down."""
MAX_NODES = 200_000
"""Keys and values of one file, each alias counted as all that it repeats."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Only its parser is used. The C one reads a large deny list some thirty times faster."""


@dataclass(slots=True)
class Node:
    """Anything in the file, with the line it starts on (1-based), its size and height in nodes, aliases expanded."""

    line: int
    source: str
    """How messages name the file."""
    size: int = field(default=1, init=False)
    height: int = field(default=1, init=False)

    kind = "a value"


@dataclass(slots=True)
class Scalar(Node):
    """A number, a word or a quoted text, as written."""

    text: str
    plain: bool
    """Written without quotes, so it may mean a number, a truth value or nothing."""

    @property
    def is_null(self) -> bool:
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")

    @property
    def value(self) -> str | int | float | bool | None:
        """What YAML 1.1 makes of the text, dates excepted: they stay text."""
        if not self.plain:
            return self.text
        if self.is_null:
            return None
        word = self.text.lower()
        if word in ("true", "yes", "on"):
            return True
        if word in ("false", "no", "off"):
            return False
        if _INTEGER.fullmatch(self.text):
            return int(self.text.replace("_", ""))  # `1_000`, and `0_` too
        if _FLOAT.fullmatch(self.text):
            return float(self.text)
        return self.text


@dataclass(slots=True)
class Sequence(Node):
    items: list[Node] = field(default_factory=list)

    kind = "a list"


@dataclass(slots=True)
class Mapping(Node):
    pairs: list[tuple[Node, Node]] = field(default_factory=list)

    kind = "a mapping"


_INTEGER = re.compile(r"[-+]?[0-9][0-9_]{0,30}")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,30}\.[0-9]{0,30}|\.[0-9]{1,30}|[0-9]{1,30})(?:[eE][-+]?[0-9]{1,3})?")


def describe(node: Node) -> str:
    """What kind of thing a node is, for a message: "a list", "nothing", "text". Never its content."""
    if isinstance(node, Scalar):
        if node.is_null:
            return "nothing"
        return {bool: "a truth value", int: "a number", float: "a number"}.get(type(node.value), "text")
    return node.kind


def parse_document(content: bytes, source: str) -> Node | None:
    """The tree of the one YAML document in `content`; None when there is nothing but comments.

    Args:
        content: The whole file, UTF-8 with or without a byte order mark.
        source: How messages name the file.

    Raises:
        PolicyError: Not UTF-8, not YAML, more than one document, or above a bound; names the line, not the content.
    """
    if len(content) > MAX_BYTES:
        raise PolicyError([f"{source}: file is too large; limit is {MAX_BYTES} bytes"])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PolicyError(
            [f"{source}:{line}: not UTF-8: byte 0x{content[error.start]:02x}; save the file as UTF-8"]
        ) from None
    try:
        return _Builder(source).build(yaml.parse(text, Loader=_LOADER))
    except yaml.reader.ReaderError as error:
        # The position is an index into what has been read so far, in characters or bytes by implementation: no line.
        raise PolicyError([f"{source}: not YAML: character #x{_code(error.character):04x} is not allowed"]) from None
    except yaml.MarkedYAMLError as error:
        raise PolicyError([_syntax_problem(error, text, source)]) from None


def _code(character: object) -> int:
    return character if isinstance(character, int) else ord(str(character)[:1] or "\0")


def _syntax_problem(error: yaml.MarkedYAMLError, text: str, source: str) -> str:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark is not None else 1
    lines = text.split("\n")
    written = lines[line - 1] if line <= len(lines) else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return f"{source}:{line}: not YAML: a tab indents this line; use spaces"
    column = f" at column {mark.column + 1}" if mark is not None else ""
    problem = re.sub(r"[^ -~]", "?", error.problem or "syntax error")[:120]
    return f"{source}:{line}: not YAML: {problem}{column}"


class _Builder:
    """Puts a tree together from the events of one document."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._root: Node | None = None
        self._open: list[Sequence | Mapping] = []
        self._waiting_keys: list[Node | None] = []
        """Per open node the key whose value comes next; None for a list's, and where a key is next."""
        self._anchors: dict[str, Node] = {}
        self._documents = 0

    def build(self, events: Iterator[yaml.Event]) -> Node | None:
        """The tree; None if there is nothing in it. Raises `PolicyError`."""
        for event in events:
            line = event.start_mark.line + 1 if event.start_mark is not None else 1
            if isinstance(event, yaml.DocumentStartEvent):
                self._documents += 1
                if self._documents > 1:
                    raise self._wrong(line, "a second document starts here; a policy file holds one")
            elif isinstance(event, yaml.AliasEvent):
                self._place(self._anchored(event, line))
            elif isinstance(event, (yaml.ScalarEvent, yaml.SequenceStartEvent, yaml.MappingStartEvent)):
                self._begin(event, line)
            elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
                finished = self._open.pop()
                self._waiting_keys.pop()
                self._place(finished)
        if isinstance(self._root, Scalar) and self._root.is_null:
            return None
        return self._root

    def _begin(self, event: yaml.ScalarEvent | yaml.SequenceStartEvent | yaml.MappingStartEvent, line: int) -> None:
        if event.tag is not None:
            raise self._wrong(line, "a YAML tag ('!...') stands here; policies have none")
        node: Scalar | Sequence | Mapping
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(line, self._source, event.value, plain=not event.style)
        else:
            node = (Sequence if isinstance(event, yaml.SequenceStartEvent) else Mapping)(line, self._source)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        if isinstance(node, Scalar):
            self._place(node)
            return
        if len(self._open) == MAX_DEPTH:
            raise self._wrong(line, f"nested deeper than {MAX_DEPTH} levels")
        self._open.append(node)
        self._waiting_keys.append(None)

    def _anchored(self, event: yaml.AliasEvent, line: int) -> Node:
        node = self._anchors.get(event.anchor or "")
        if node is None:
            raise self._wrong(line, "an alias names an anchor that isn't there")
        if any(node is around for around in self._open):
            raise self._wrong(line, "an alias stands inside what it names")
        return node

    def _place(self, node: Node) -> None:
        """Put a whole node where it belongs."""
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        parent.size += node.size
        parent.height = max(parent.height, node.height + 1)
        if parent.size > MAX_NODES:
            raise self._wrong(node.line, f"more than {MAX_NODES} values, aliases counted as what they repeat")
        if len(self._open) + node.height > MAX_DEPTH:
            raise self._wrong(node.line, f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif (key := self._waiting_keys[-1]) is None:
            self._waiting_keys[-1] = node
        else:
            parent.pairs.append((key, node))
            self._waiting_keys[-1] = None

    def _wrong(self, line: int, message: str) -> PolicyError:
        return PolicyError([f"{self._source}:{line}: {message}"])


def merged(base: Node, child: Node) -> Node:
    """`child` on top of `base`: mappings key by key, everything else whole. Each node keeps its file and line."""
    if not (isinstance(base, Mapping) and isinstance(child, Mapping)):
        return child
    own = {key.text for key, _ in child.pairs if isinstance(key, Scalar)}
    below = {key.text: value for key, value in base.pairs if isinstance(key, Scalar)}
    result = Mapping(child.line, child.source)
    result.pairs = [pair for pair in base.pairs if not (isinstance(pair[0], Scalar) and pair[0].text in own)]
    for key, value in child.pairs:
        under = below.get(key.text) if isinstance(key, Scalar) else None
        result.pairs.append((key, value if under is None else merged(under, value)))
    return result


def to_plain(node: Node, texts: Collection[str] = (), *, as_text: bool = False) -> object:
    """The node as lists, dicts and scalars, for a part whose shape another library defines.

    Keys become text; of a key that stands twice the first counts (the schema has reported it by then).

    Args:
        texts: Keys below which scalars stay the text that was written, so that `deny_list: [no, 007]` is two words.
        as_text: The node itself stands below such a key.
    """
    if isinstance(node, Sequence):
        return [to_plain(item, texts, as_text=as_text) for item in node.items]
    if isinstance(node, Mapping):
        plain: dict[str, object] = {}
        for key, value in node.pairs:
            name = key.text if isinstance(key, Scalar) else describe(key)
            plain.setdefault(name, to_plain(value, texts, as_text=as_text or name in texts))
        return plain
    assert isinstance(node, Scalar)  # noqa: S101 - the three kinds of node are closed
    return node.text if as_text and not node.is_null else node.value

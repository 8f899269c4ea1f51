"""A policy that builds on others: its tree laid over the trees of those that it extends, each value keeping its own file and line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from dlp.errors import PolicyError
from dlp.policy import document
from dlp.policy.files import SUFFIXES, read_file, shipped_policies, shown_path
from dlp.policy.model import VERSION
from dlp.policy.reading import nearest
from dlp.printable import printable

MAX_EXTENDS = 8
"""Files that build on one another."""
OWN_KEYS = ("name", "extends", "match", "priority")
"""What a policy doesn't take over from the one that it extends."""


@dataclass(frozen=True, slots=True)
class Source:
    """A policy file as a tree, laid over what it extends."""

    root: document.Node
    name: str
    """As messages name it."""
    path: Path | None
    folders: Mapping[str, Path]
    """Name in messages -> folder, of each file that went into the tree."""
    files: tuple[Path, ...]
    """Those files."""


def open_source(content: bytes, *, source: str, path: Path | None = None) -> Source:
    """A file's tree, laid over what it extends, and that over what it extends in turn.

    Raises:
        PolicyError: A file can't be read, isn't YAML, or extends what isn't there or what extends itself.
    """
    root = document.parse_document(content, source)
    if root is None:
        raise PolicyError([f"{source}: file is empty; expected a policy, starting with 'version: {VERSION}'"])
    folder = (path.absolute().parent if path is not None else Path.cwd()).resolve()
    folders, files = {source: folder}, [path] if path is not None else []
    trail = [path.resolve()] if path is not None else []
    layers, current = [root], root
    while (extended := _extended(current)) is not None:
        node, place = extended, f"{extended.source}:{extended.line}: extends"
        if not isinstance(node, document.Scalar) or node.is_null or not node.text:
            raise PolicyError([f"{place}: expected a policy's name or path, found {document.describe(node)}"])
        base = _base(node.text, folders[node.source], place)
        if base.resolve() in trail:
            circle = " -> ".join(each.name for each in [*trail[trail.index(base.resolve()) :], base])
            raise PolicyError([f"{place}: goes round in a circle: {circle}"])
        if len(trail) >= MAX_EXTENDS:
            raise PolicyError([f"{place}: more than {MAX_EXTENDS} policies build on one another"])
        trail.append(base.resolve())
        shown = shown_path(base)
        found = document.parse_document(read_file(base), shown)
        if found is None:
            raise PolicyError([f"{place}: {shown} is empty"])
        folders[shown] = base.absolute().parent
        files.append(base)
        current = found
        layers.append(found)
    tree = layers.pop()
    while layers:
        tree = document.merged(_without(tree, OWN_KEYS), layers.pop())
    return Source(tree, source, path, folders, tuple(files))


def _extended(root: document.Node) -> document.Node | None:
    if not isinstance(root, document.Mapping):
        return None
    return next(
        (value for key, value in root.pairs if isinstance(key, document.Scalar) and key.text == "extends"), None
    )


def _without(root: document.Node, keys: Collection[str]) -> document.Node:
    if not isinstance(root, document.Mapping):
        return root
    kept = document.Mapping(root.line, root.source)
    kept.pairs = [pair for pair in root.pairs if not (isinstance(pair[0], document.Scalar) and pair[0].text in keys)]
    return kept


def _base(written: str, folder: Path, place: str) -> Path:
    """The file that `extends` means: a path beside the file, a file of that name there, or a shipped policy."""
    if "/" in written or "\\" in written or written.endswith(SUFFIXES):
        beside = [folder / written]
    else:
        beside = [folder / f"{stem}{suffix}" for stem in (written, f"_{written}") for suffix in SUFFIXES]
    for path in beside:
        try:
            if path.is_file():
                return path
        except (OSError, ValueError):
            continue
    shipped = shipped_policies()
    if written in shipped:
        return shipped[written]
    near = nearest(written, {*shipped, *(path.stem.removeprefix("_") for path in folder.glob("*.y*ml"))})
    raise PolicyError([f"{place}: no policy '{printable(written)}' beside the file, and none is shipped{near}"])

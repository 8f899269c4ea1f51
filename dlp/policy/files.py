"""Where policies lie: shipped ones by name, others by path; read with a bound."""

from __future__ import annotations

import stat
from pathlib import Path

from dlp.errors import PolicyError
from dlp.policy import document
from dlp.policy.reading import either, nearest
from dlp.printable import printable

SUFFIXES = (".yaml", ".yml")


def shipped_policies() -> dict[str, Path]:
    """Name -> file of the policies that come with the package, sorted by name."""
    return {path.stem: path for path in sorted(_shipped_folder().glob("*.yaml"))}


def _shipped_folder() -> Path:
    package = Path(__file__).resolve().parent.parent
    installed = package / "_policies"  # where the wheel puts them
    return installed if installed.is_dir() else package.parent / "policies"


def find_policy(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or "/" in text or "\\" in text or text.endswith(SUFFIXES):
        return Path(name_or_path)
    shipped = shipped_policies()
    if text in shipped:
        return shipped[text]
    if not shipped:
        raise PolicyError([f"the shipped policies are missing: no *.yaml in {shown_path(_shipped_folder())}"])
    there = "folder" if Path(text).is_dir() else "file" if Path(text).is_file() else ""
    hint = f". For the {there} write './{printable(text)}'" if there else nearest(text, shipped)
    listed = either(shipped, "and")
    raise PolicyError([f"no policy is named '{printable(text)}'; shipped are {listed}; or give a path{hint}"])


def read_file(path: Path) -> bytes:
    shown = shown_path(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            what = "a folder" if path.is_dir() else "not a regular file"
            raise PolicyError([f"{shown}: is {what}; expected a YAML file"])
        with path.open("rb") as file:
            return file.read(document.MAX_BYTES + 1)
    except FileNotFoundError:
        near = nearest(path.stem, shipped_policies()) if path.parent.name in ("", "policies") else ""
        raise PolicyError([f"{shown}: no such file{near}"]) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise PolicyError([f"{shown}: can't be read: {reason}"]) from None


def shown_path(path: Path) -> str:
    """The path as people want to see it: relative where that is shorter."""
    try:
        return printable(str(path.absolute().relative_to(Path.cwd())), 300)
    except (OSError, ValueError):
        return printable(str(path), 300)

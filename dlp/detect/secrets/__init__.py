"""Secrets in text: keys, tokens, passwords, private keys, cookies.

How a text is examined (`detector.SecretDetector.find`), in this order, each step linear in the text:

1. *Literals*: one pass over the text for every word that a format has, a block begins with or a credential is called by (`prefilter`).
2. *Formats*: a rule's pattern is tried where its literal stands (`rule`, `rules`), a rule without one on the strings that
   might be machine-made (`candidates`).
3. *Blocks*: PEM, PGP, PuTTY keys and their like are followed line by line (`blocks`).
4. *Names*: what is assigned to a word that announces a credential (`names`, `assignments`) or stands in a column headed by
   one (`tables`) is judged by its form (`values`).
5. *Neighbours*: strings that look random (`opaque`) are kept when an issuer's name stands close before them (`vendors`). The many
   names are looked for near such strings alone.

What is never a secret is said once, in `placeholders`.
"""

from __future__ import annotations

from dlp.detect.secrets.detector import SecretDetector

__all__ = ["SecretDetector"]

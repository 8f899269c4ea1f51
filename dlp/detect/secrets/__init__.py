"""Secrets in text: keys, tokens, passwords, private keys, cookies.

How a text is examined (`detector.SecretDetector.find`), in this order, each step linear in the text:

1. *Formats*: one pass over the text for the literals that every rule of `rules/` names; a rule's pattern is tried only
   where its literal stands (`prefilter`, `rules`).
2. *Names*: one pass for words that name a credential (`password`, `Kennwort`, `api_key`, `-p`); what is assigned to
   them is judged by its shape (`names`, `assignments`).
3. *Neighbours*: strings that look random (`opaque`) are kept when an issuer's name or a credential word stands close
   before them (`vendors`).
4. *Blocks*: PEM, PGP, PuTTY keys and their like are followed line by line (`blocks`); tables are read by their header
   (`tables`).

What is never a secret is said once, in `placeholders`.
"""

from __future__ import annotations

from dlp.detect.secrets.detector import SecretDetector

__all__ = ["SecretDetector"]

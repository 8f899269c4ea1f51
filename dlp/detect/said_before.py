"""How a sentence says a value before what it is: `4821 is the gate code`, `KD-204481 als meine Kundennummer`.

Alternatives of regular expressions, each to stand between blanks. Labels, fields and credentials add what only they need.
"""

from typing import Final

VERBS: Final = "is|was|as|ist|als|est|es|è|é|är|er|to|jako|como|come|comme|som|hai"
"""What joins a value to what it is."""
OWNERS: Final = "my|the|your|his|her|our|their|mein|meine|der|die|das|mon|ma|le|la|mi|el|il|lo|mio|mia|o|a|meu|minha|de|het|mijn|min|mitt|mera|meri|mój|moje"
"""Whose it is, and articles."""

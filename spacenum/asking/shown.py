"""What a model was asked, as a hash: replies that were kept elsewhere are of this item, or of another's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spacenum.asking.questions import letters_of, message_parts
from spacenum.asking.store import as_data
from spacenum.core.provenance import digest
from spacenum.items.schema import AnyItem, Image, Text


def asked_hash(parts: Sequence[Text | Image], letters: Sequence[str], image_hash: Callable[[str], str]) -> str:
    """Hash of a message's texts and images in their order, and of the letters that may be answered. image_hash: the
    SHA-256 of an image's bytes, by its path."""
    return digest([as_data(parts, image_hash), list(letters)])


def asked_hash_of(item: AnyItem, image_hash: Callable[[str], str]) -> str:
    """The same of an item as it is asked for a letter."""
    return asked_hash(message_parts(item.prompt), letters_of(item), image_hash)

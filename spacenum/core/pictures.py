"""Decoding images, which may be damaged or meant to do harm."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
"""No others: Pillow starts a program for some of them."""
MOST_PIXELS = 64_000_000
"""Of one image; a file of some kilobytes can hold more than memory does."""


class UnreadableImageError(Exception):
    """The message says why an image can't be decoded."""


def open_picture(source: Path | BinaryIO) -> Image.Image:
    """A whole image, decoded. FileNotFoundError if there is no such file; UnreadableImageError for what is no image, is
    cut short, or has more than MOST_PIXELS."""
    try:
        with Image.open(source, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise UnreadableImageError(
                    f"{image.width} x {image.height} pixels are more than the {MOST_PIXELS} that are read"
                )
            image.load()
            return image
    except FileNotFoundError:
        raise
    except Image.DecompressionBombError:
        raise UnreadableImageError(f"it has more than the {MOST_PIXELS} pixels that are read") from None
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, LookupError, TypeError, OverflowError) as error:
        raise UnreadableImageError(" ".join(str(error).split())[:300] or type(error).__name__) from None

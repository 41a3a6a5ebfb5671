"""Letters and digits as 8 x 8 bitmaps, drawn for this package: small pictures that need no file."""

from __future__ import annotations

import numpy as np

from hopphys.types import Array

SIDE = 8

# One row a line, two hexadecimal digits a row, the left pixel in the highest bit. Strokes are two pixels wide, so
# that a letter has about as much ink as paper and its bits are nearly unbiased.
BITMAPS = {
    "A": "3C7EC3C3FFFFC3C3",
    "B": "FEFFC3FEFEC3FFFE",
    "C": "3E7FE3C0C0E37F3E",
    "D": "FCFEC7C3C3C7FEFC",
    "E": "FFFFC0FCFCC0FFFF",
    "F": "FFFFC0FCFCC0C0C0",
    "G": "3E7FC0CFCFC37F3E",
    "H": "C3C3C3FFFFC3C3C3",
    "I": "7E7E181818187E7E",
    "J": "0F0F0606C6C6FE7C",
    "K": "C3C7CEFCFCCEC7C3",
    "L": "C0C0C0C0C0C0FFFF",
    "M": "C3E7FFFFDBC3C3C3",
    "N": "C3E3F3FBDFCFC7C3",
    "O": "3C7EE7C3C3E77E3C",
    "P": "FEFFC3C3FFFEC0C0",
    "Q": "3C7EC3C3DBCF7E3B",
    "R": "FEFFC3FFFECEC7C3",
    "S": "7EFFC0FE7F03FF7E",
    "T": "FFFF181818181818",
    "U": "C3C3C3C3C3C3FF7E",
    "V": "C3C3C3C366663C18",
    "W": "C3C3C3DBFFFFE7C3",
    "X": "C3E77E3C3C7EE7C3",
    "Y": "C3C3663C18181818",
    "Z": "FFFF060C3060FFFF",
    "0": "3C7ECFDFFBF37E3C",
    "1": "1838781818187E7E",
    "2": "7EFF071E78E0FFFF",
    "3": "7EFF031E1E03FF7E",
    "4": "0E1E3666FFFF0606",
    "5": "FFFFC0FEFF03FF7E",
    "6": "3E7EC0FEFFC3FF7E",
    "7": "FFFF060C18303030",
    "8": "7EFFC37E7EC3FF7E",
    "9": "7EFFC3FF7F037E7C",
}


def bitmap(name: str) -> Array:
    """One glyph as an 8 x 8 boolean array, True where there is ink."""
    if name not in BITMAPS:
        raise ValueError(f"there is no glyph {name!r}; there are {''.join(BITMAPS)}")
    rows = np.frombuffer(bytes.fromhex(BITMAPS[name]), dtype=np.uint8)
    return np.unpackbits(rows).reshape(SIDE, SIDE).astype(bool)

"""routeiq/ngram-1 as docs/abi.md defines it, and its golden vectors: python ngram.py > golden.json

Needs Python alone: floats are IEEE doubles, and struct rounds them to float32.
"""

import json
import math
import re
import struct
import sys

OFFSET, PRIME, MASK = 14695981039346656037, 1099511628211, (1 << 64) - 1
WORD = re.compile(rb"[a-z0-9_\x80-\xff]+")
LOWER = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz")


def features(text: bytes) -> list[bytes]:
    words = WORD.findall(text.translate(LOWER))
    found = [b"w" + word for word in words]
    found += [b"b" + first + b" " + second for first, second in zip(words, words[1:])]
    for word in words:
        padded = b" " + word + b" "
        found += [b"c" + padded[i:i + 3] for i in range(len(word))]
    return found


def fnv1a(data: bytes) -> int:
    h = OFFSET
    for byte in data:
        h = (h ^ byte) * PRIME & MASK
    return h


def vector(text: bytes, dimension: int) -> dict[int, float]:
    """The numbers that are not 0, by index; each is a float32."""
    counts: dict[int, int] = {}
    for feature in features(text):
        h = fnv1a(feature)
        index = (h ^ h >> 32) & dimension - 1
        counts[index] = counts.get(index, 0) + (-1 if h >> 63 else 1)
    total = math.sqrt(sum(map(abs, counts.values())))
    rounded = {i: struct.unpack("<f", struct.pack("<f", math.copysign(math.sqrt(abs(c)) / total, c)))[0] for i, c in counts.items() if c}
    return dict(sorted(rounded.items()))


TEXTS = [  # of zi4 every feature has another of the other sign at its place, where there are 256
    "", " \t\n", "?!, --", "a", "A", "aa", "ab", "_", "0", "zi4", "hello", "Hello, World!", "hello hello", "HELLO hello HeLLo",
    "The quick brown fox jumps over the lazy dog.", "snake_case and kebab-case", "3.14159 is not 22/7", "x" * 300, "go " * 200,
    "a b a b a b a", "na\u00efve caf\u00e9", "\u00c9COLE \u00e9cole", "Stra\u00dfe \u0130stanbul \u212a",
    "\u4f60\u597d\uff0c\u4e16\u754c", "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8",
    "\U0001f600 smile \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440", "tab\tand\nnew line\r\n", "null\x00byte", "@[`{ /:9 ^_`",
    "def f(x):\n    return x ** 2  # square", "{\"key\": [1, 2, 3]}", "e\u0301 is not \u00e9",
]
DIMENSIONS = (256, 8192)


def main() -> None:
    cases = []
    for text in TEXTS:
        vectors = {str(d): {str(i): v for i, v in vector(text.encode(), d).items()} for d in DIMENSIONS}
        cases.append("  " + json.dumps({"text": text, **vectors}, separators=(",", ":")))
    sys.stdout.write("[\n" + ",\n".join(cases) + "\n]\n")


if __name__ == "__main__":
    main()

"""The encoders that routers are trained with, unless options say otherwise."""

from typing import Any

LONGFORMER: dict[str, Any] = {
    "id": "allenai/longformer-base-4096", "pooling": "mean", "normalize": False, "max_tokens": 4096, "truncation": "right",
}
MDEBERTA: dict[str, Any] = {
    "id": "microsoft/mdeberta-v3-base", "pooling": "cls", "normalize": False, "max_tokens": 512, "truncation": "left",
}
OPENAI_SMALL: dict[str, Any] = {"id": "text-embedding-3-small", "normalize": False, "max_tokens": 8191}
MINILM: dict[str, Any] = {
    "id": "sentence-transformers/all-MiniLM-L6-v2", "pooling": "mean", "normalize": True, "max_tokens": 256, "truncation": "right",
}
# Routers that are trained with whatever their maker has: the id must be given.
UNKNOWN: dict[str, Any] = {"id": None, "normalize": False}

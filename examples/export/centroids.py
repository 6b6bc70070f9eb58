"""Makes the two centroids of kind centroid from seed prompts, through a server of embeddings."""

import json
import os
import urllib.error
import urllib.request
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import numpy as np

from refused import Refused

SUMMARY = "makes simple_centroid.npy and complex_centroid.npy from seed prompts, through an OpenAI-compatible /v1/embeddings"
SEEDS = Path(__file__).with_name("seeds.txt")
BATCH = 32


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--url", required=True, help="of the embeddings, as http://127.0.0.1:8080/v1/embeddings")
    parser.add_argument("--model", required=True, help="the model's name, as the server knows it")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the two files are written")
    parser.add_argument("--seeds", type=Path, default=SEEDS, metavar="FILE",
                        help="prompts, one a line, below [simple] and [complex] (default: seeds.txt beside this program)")
    parser.add_argument("--key-env", metavar="NAME", help="the environment variable that holds the server's key")


def run(options: Namespace) -> str:
    seeds = read_seeds(options.seeds)
    options.out.mkdir(parents=True, exist_ok=True)
    dimensions = set()
    for name, prompts in seeds.items():
        vectors = embed(prompts, options)
        mean = vectors.mean(axis=0)
        np.save(options.out / f"{name}_centroid.npy", (mean / np.linalg.norm(mean)).astype(np.float32))
        dimensions.add(vectors.shape[1])
    if len(dimensions) != 1:
        raise Refused(f"{options.url}: answered vectors of {' and '.join(map(str, sorted(dimensions)))} numbers")
    return f"{options.out}: of {' and '.join(f'{len(p)} {n}' for n, p in seeds.items())} prompts, vectors of {dimensions.pop()}"


def read_seeds(path: Path) -> dict[str, list[str]]:
    """The prompts by name of their part; lines that begin with # are left out."""
    parts: dict[str, list[str]] = {"simple": [], "complex": []}
    part = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if line.startswith("[") and line.endswith("]"):
            part = parts.get(line[1:-1])
        elif line and not line.startswith("#"):
            if part is None:
                raise Refused(f"{path}:{number}: a prompt outside of [simple] and [complex]")
            part.append(line)
    if not all(parts.values()):
        raise Refused(f"{path}: expected prompts below [simple] and below [complex], one a line")
    return parts


def embed(prompts: list[str], options: Namespace) -> np.ndarray:
    """Vectors [N, d], in the order of the prompts."""
    headers = {"content-type": "application/json"}
    if options.key_env:
        if options.key_env not in os.environ:
            raise Refused(f"--key-env {options.key_env}: there is no such environment variable")
        headers["authorization"] = f"Bearer {os.environ[options.key_env]}"
    vectors: list[Any] = []
    for start in range(0, len(prompts), BATCH):
        batch = prompts[start:start + BATCH]
        body = json.dumps({"model": options.model, "input": batch, "encoding_format": "float"}).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(options.url, body, headers), timeout=60) as answer:
                data = json.load(answer)["data"]
            vectors += [item["embedding"] for item in sorted(data, key=lambda item: item["index"])]
        except urllib.error.HTTPError as error:
            raise Refused(f"{options.url}: {error.code} {error.read(500).decode(errors='replace')}") from error
        except (urllib.error.URLError, OSError, ValueError, LookupError, TypeError) as error:
            raise Refused(f"{options.url}: no answer of embeddings: {error!r}") from error
    if len(vectors) != len(prompts) or len({len(v) for v in vectors}) != 1:
        raise Refused(f"{options.url}: {len(vectors)} vectors for {len(prompts)} prompts, or vectors of several lengths")
    return np.array(vectors, np.float64)

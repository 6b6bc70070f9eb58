"""An artifact, as docs/artifacts.md describes it, and how it is written."""

import hashlib
import io
import json
import math
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from refused import Refused

MANIFEST, MODEL = "manifest.json", "model.safetensors"


@dataclass(frozen=True)
class Encoder:
    """What makes a query's vector. What is None is not known."""

    id: str
    dimension: int
    normalize: bool
    pooling: str | None = None
    max_tokens: int | None = None
    truncation: str | None = None

    def members(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass
class Artifact:
    """A trained model in the words of the format.

    `dimension` is that of its vectors (0: it needs none). `training` are vectors of training queries [N, d], where the file had
    them: they are not written, but calibrate it.
    """

    kind: str
    origin: str
    labels: list[str]
    dimension: int
    tensors: dict[str, np.ndarray]
    parameters: dict[str, Any] = field(default_factory=dict)
    quality: bool = False
    training: np.ndarray | None = None
    made_with: dict[str, str] = field(default_factory=dict)
    # Filled in for all routers alike.
    encoder: Encoder | None = None
    query_view: str | None = None
    prices: dict[str, dict[str, float]] | None = None
    calibration: list[float] | None = None
    reach: float | None = None
    trained_on: dict[str, Any] | None = None

    def check(self) -> None:
        """What the format asks of every artifact."""
        if not 1 <= len(self.labels) <= 1000 or len(set(self.labels)) != len(self.labels) or "" in self.labels:
            raise Refused(f"the labels are {', '.join(self.labels)}: expected 1 to 1,000 different names")
        if self.dimension > 65_536:
            raise Refused(f"the vectors have {self.dimension} numbers, more than 65,536")
        for name, value in self.parameters.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise Refused(f"parameter {name!r} is {value}: expected a number")
        for name, value in self.tensors.items():
            if value.dtype.kind == "f" and not np.isfinite(value).all():
                raise Refused(f"tensor {name!r} has numbers that are NaN or infinite: the training went wrong, or the file is damaged")

    def files(self) -> dict[str, bytes]:
        """The two files by name; the same artifact gives the same bytes."""
        self.check()
        model = safetensors.numpy.save({name: np.ascontiguousarray(value) for name, value in sorted(self.tensors.items())})
        manifest: dict[str, Any] = {
            "format": "routeiq-artifact", "version": 1, "kind": self.kind, "origin": self.origin, "labels": self.labels,
        }
        if self.encoder is not None:
            manifest |= {"encoder": self.encoder.members(), "query_view": self.query_view}
        manifest |= {"parameters": self.parameters, "quality": self.quality}
        optional = {
            "prices": self.prices, "calibration": self.calibration and {"quantiles": self.calibration}, "reach": self.reach,
            "training": self.trained_on, "made_with": dict(sorted(self.made_with.items())),
        }
        manifest |= {name: value for name, value in optional.items() if value is not None}
        manifest["files"] = {MODEL: {"sha256": hashlib.sha256(model).hexdigest(), "size": len(model)}}
        text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        return {MANIFEST: text.encode(), MODEL: model}


def write(artifact: Artifact, out: Path) -> None:
    """Writes a folder, or a .tar where the name ends so."""
    files = artifact.files()
    if out.suffix == ".tar":
        out.write_bytes(tar(files))
        return
    if out.exists() and (not out.is_dir() or {p.name for p in out.iterdir()} - set(files)):
        raise Refused(f"{out}: there is something else: name a folder that is new, empty or an artifact, or a file ending in .tar")
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (out / name).write_bytes(content)


def read(folder: Path) -> Artifact:
    """An artifact that was written as a folder: what decides, without what is for people."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return Artifact(
        kind=manifest["kind"], origin=manifest["origin"], labels=manifest["labels"],
        dimension=manifest.get("encoder", {}).get("dimension", 0), parameters=manifest["parameters"],
        tensors=safetensors.numpy.load_file(folder / MODEL),
    )


def tar(files: dict[str, bytes]) -> bytes:
    """A tar that is the same for the same files: no times, no owners."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()

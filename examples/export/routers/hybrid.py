"""LLMRouter's hybrid_llm: a network says how likely the small model will do."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import source
from artifact import Artifact
from refused import Refused
from routers import encoders, labels, mlp

NAME, FILES, ENCODER = "hybrid_llm", ("hybrid_llm.pkl",), encoders.LONGFORMER
SUMMARY = "the small model where a network's output reaches a threshold, else the large one (kind threshold)"
MODES = ("deterministic", "probabilistic", "transformed")
HOW = "--llm with the candidates' JSON names the smallest and the largest of them; or say --labels small,large"


def options(parser: ArgumentParser) -> None:
    labels.option(parser, "the small and the large model")
    parser.add_argument("--threshold", type=float, help="from which output on the small model is taken (default: of --hparam, else 0.5)")
    parser.add_argument("--hparam", type=Path, metavar="FILE", help="the router's YAML, for router_threshold")


def export(files: list[Path], options: Namespace) -> Artifact:
    path, = files
    model = source.estimator(path, options, "MLPRegressor")
    layers = [(w.T, b) for w, b in zip(model.get("coefs_"), model.get("intercepts_"))]
    if len(layers[-1][0]) != 1 or model.get("out_activation_") != "identity":
        raise Refused(f"{path}: {len(layers[-1][0])} outputs through {model.get('out_activation_')}: expected one, as it is")
    names = labels.given(options) or (by_size(source.document(options.llm), options.llm) if options.llm else None)
    return Artifact(
        kind="threshold", origin=NAME, labels=labels.counted(names, 2, path, HOW), dimension=layers[0][0].shape[1],
        tensors=mlp.of_layers(layers),
        parameters={"activation": model.get("activation"), "output": "clip", "threshold": threshold(options)},
        made_with={"scikit-learn": model.get("_sklearn_version")},
    )


def threshold(options: Namespace) -> float:
    """The mode changes what the network was trained for, not how it is used."""
    mode = source.setting(options.hparam, "router_mode")
    if mode not in (None, *MODES):
        raise Refused(f"{options.hparam}: router_mode is {mode}, expected {', '.join(MODES)}")
    if options.threshold is not None:
        return options.threshold
    try:
        return float(source.setting(options.hparam, "router_threshold") or 0.5)
    except ValueError as error:
        raise Refused(f"{options.hparam}: router_threshold: {error}") from error


def by_size(llm: dict[str, Any], path: Path) -> list[str]:
    """The first and the last by size, of those whose size ends in B; of equal sizes in the file's order."""
    sized = [name for name, info in llm.items() if isinstance(info.get("size"), str) and info["size"].upper().endswith("B")]
    if len(sized) < 2:
        raise Refused(f"{path}: {len(sized)} models have a size that ends in B, such as 8B: at least two are needed")
    ordered = sorted(sized, key=lambda name: billions(llm[name]["size"]))
    return [ordered[0], ordered[-1]]


def billions(size: str) -> float:
    try:
        return float(size.strip()[:-1])
    except ValueError:
        return 0.0

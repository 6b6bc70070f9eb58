"""LLMRouter's mlprouter: layers of torch, or scikit-learn's MLPClassifier in older files."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

import source
from artifact import Artifact
from refused import Refused
from routers import encoders, labels
from score import ACTIVATIONS
from unpickle import Thing

NAME, FILES, ENCODER = "mlprouter", ("mlprouter.pkl",), encoders.LONGFORMER
SUMMARY = "a network of layers, one output a model (kind mlp)"
ORDER = (
    "name them in the order of training: --routing with the table it was trained on, whose rows are in the order they were in, "
    "or --labels"
)


def options(parser: ArgumentParser) -> None:
    labels.option(parser, "the models, in the order of training")
    parser.add_argument("--activation", choices=sorted(ACTIVATIONS), help="between layers (default: of --hparam, else relu)")
    parser.add_argument("--hparam", type=Path, metavar="FILE", help="the router's YAML, for its activation")


def export(files: list[Path], options: Namespace) -> Artifact:
    path, = files
    model = source.pickled(path, options)
    if isinstance(model, Thing):
        return of_sklearn(path, options)
    weights = source.state(path, options)
    count = sum(name.startswith("layers.") and name.endswith(".weight") for name in weights)
    if count == 0:
        raise Refused(f"{path}: has no layers.0.weight, ... in it: is it the file of another router?")
    layers = []
    for i in range(count):
        weight = source.tensor(weights, f"layers.{i}.weight", path, None, layers[-1][0].shape[0] if layers else None)
        layers.append((weight, source.tensor(weights, f"layers.{i}.bias", path, weight.shape[0])))
    names = labels.given(options) or (labels.by_best(options.routing) if options.routing else None)
    return Artifact(
        kind="mlp", origin=NAME, labels=labels.counted(names, len(layers[-1][0]), path, ORDER), dimension=layers[0][0].shape[1],
        tensors=of_layers(layers), parameters={"activation": activation(options)},
    )


def activation(options: Namespace) -> str:
    """LLMRouter takes a name that it does not know for relu; so does this, and says so."""
    name = options.activation or source.setting(options.hparam, "activation") or "relu"
    if name not in ACTIVATIONS:
        print(f"{options.hparam}: activation {name} is not known to LLMRouter, which used relu", file=sys.stderr)
        return "relu"
    return name


def of_layers(layers: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, np.ndarray]:
    """weight0 [h0, d], bias0 [h0], weight1, ..., of (weight, bias) a layer."""
    tensors = {}
    for i, (weight, bias) in enumerate(layers):
        tensors[f"weight{i}"], tensors[f"bias{i}"] = weight.astype(np.float32), bias.astype(np.float32)
    return tensors


def of_sklearn(path: Path, options: Namespace) -> Artifact:
    model = source.estimator(path, options, "MLPClassifier")
    layers = [(w.T, b) for w, b in zip(model.get("coefs_"), model.get("intercepts_"))]
    if model.get("out_activation_") == "logistic":  # two classes and one output, whose sign decides
        weight, bias = layers[-1]
        layers[-1] = np.concatenate([np.zeros_like(weight), weight]), np.concatenate([np.zeros_like(bias), bias])
    classes = model.get("_label_binarizer").get("classes_")
    if len(classes) != len(layers[-1][0]):
        raise Refused(f"{path}: {len(classes)} classes and {len(layers[-1][0])} outputs: train with one label a query")
    return Artifact(
        kind="mlp", origin=NAME, labels=labels.of_classes(classes, path, options), dimension=layers[0][0].shape[1],
        tensors=of_layers(layers), parameters={"activation": model.get("activation")},
        made_with={"scikit-learn": model.get("_sklearn_version")},
    )

"""The command line: a command a router, `centroids` and `distill`."""

import argparse
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy

import artifact
import calibrate
import centroids
import distill
import score
import source
from refused import Refused
from routers import centroid, elo, forest, graph, hybrid, kmeans, knn, mf, mlp, personalized, rorf, routellm, routerdc, svm

ROUTERS: dict[str, ModuleType] = {module.NAME: module for module in (
    knn, svm, mlp, mf, elo, hybrid, graph, personalized, routerdc, routellm, rorf, forest, kmeans, centroid,
)}
VIEWS = ("last_user_500", "last_user", "all_text", "full_context", "retrieval")


def parser() -> ArgumentParser:
    main = ArgumentParser(
        prog="export", description="Converts a trained router into an artifact of RouteIQ (docs/artifacts.md).",
        epilog="export ROUTER --help tells of one router. smallest_llm and largest_llm need no artifact: RouteIQ's strategies "
               "llmrouter-smallest and llmrouter-largest go by the models' sizes.",
    )
    commands = main.add_subparsers(dest="router", required=True, metavar="ROUTER")
    for name, module in ROUTERS.items():
        command = commands.add_parser(name, help=module.SUMMARY, description=f"{name}: {module.SUMMARY}.")
        for file in module.FILES:
            command.add_argument("files", action="append", type=Path, metavar=file)
        command.add_argument("--out", type=Path, required=True, metavar="FOLDER|FILE.tar", help="what is written")
        module.options(command)
        common(command, module)
    command = commands.add_parser("centroids", help=centroids.SUMMARY, description=f"centroids: {centroids.SUMMARY}.")
    centroids.options(command)
    command = commands.add_parser("distill", help=distill.SUMMARY, description=f"distill: {distill.SUMMARY}.")
    distill.options(command)
    return main


def common(command: ArgumentParser, module: ModuleType) -> None:
    command.add_argument("--allow-pickle", action="store_true", help="read pickles and files of torch.save; nothing in them is run")
    command.add_argument("--routing", type=Path, metavar="FILE.jsonl", help="the table it was trained on: for its hash, and names")
    command.add_argument("--llm", type=Path, metavar="FILE.json", help="the candidates' JSON: for prices, and sizes")
    if module.ENCODER is None:
        return
    command.add_argument("--queries", type=Path, metavar="FILE.npy", help="vectors of training queries, one a row: calibrates")
    command.add_argument("--query-view", choices=VIEWS, default=getattr(module, "VIEW", VIEWS[0]),
                         help="which words of a request are the query (default: %(default)s)")
    encoder, known = command.add_argument_group("what makes a query's vector"), module.ENCODER

    def option(name: str, **how: Any) -> None:
        default = known.get(name.replace("-", "_"))
        encoder.add_argument(f"--{name}", default=default, help=f"default: {'not said' if default is None else default}", **how)

    encoder.add_argument("--encoder-id", default=known["id"], required=known["id"] is None, metavar="NAME",
                         help=f"the model's name; default: {known['id'] or 'none, it must be given'}")
    encoder.add_argument("--dimension", type=int, metavar="N", help="numbers in a vector; checked against the file")
    option("normalize", action=argparse.BooleanOptionalAction)
    option("pooling", choices=("mean", "cls", "last"))
    option("max-tokens", type=int, metavar="N")
    option("truncation", choices=("left", "right"))


def complete(made: artifact.Artifact, options: Namespace) -> None:
    """Adds what is told in the same way for every router."""
    if made.dimension:
        if options.dimension not in (None, made.dimension):
            raise Refused(f"--dimension {options.dimension}: the vectors in {options.files[0]} have {made.dimension} numbers")
        made.encoder = artifact.Encoder(
            options.encoder_id, made.dimension, options.normalize, options.pooling, options.max_tokens, options.truncation,
        )
        made.query_view = options.query_view
        queries = source.vectors(options.queries, made.dimension) if options.queries else None
        if queries is not None and options.normalize:
            queries = score.prepared(queries.astype(float), "unit")
        calibrate.calibrate(made, queries)
    if options.routing:
        made.trained_on = {"sha256": source.digest(options.routing), "rows": len(source.lines(options.routing))}
    if options.llm:
        made.prices = prices(source.document(options.llm), made.labels)
    made.made_with |= {"numpy": numpy.__version__, "python": sys.version.split()[0]}


def prices(llm: dict, labels: list[str]) -> dict[str, dict[str, float]]:
    """By label, in USD per million tokens, of the models that have both."""
    found = {}
    for label in labels:
        info = llm.get(label, {})
        if {"input_price", "output_price"} <= info.keys():
            found[label] = {"input": float(info["input_price"]), "output": float(info["output_price"])}
    return found


def convert(options: Namespace) -> str:
    try:
        made = ROUTERS[options.router].export(options.files, options)
        complete(made, options)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        names = " and ".join(map(str, options.files))
        raise Refused(f"{names}: what is in it does not fit together ({error!r}): is the file damaged?") from error
    artifact.write(made, options.out)
    size = sum(tensor.nbytes for tensor in made.tensors.values())
    return f"{options.out}: kind {made.kind}, {len(made.labels)} labels, vectors of {made.dimension}, {size:,} bytes of numbers"


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    try:
        print({"centroids": centroids.run, "distill": distill.run}.get(options.router, convert)(options))
    except (Refused, OSError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 1
    return 0

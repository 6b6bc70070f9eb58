"""Compares what exported artifacts choose with what LLMRouter chose: python parity.py REFERENCE ARTIFACTS

Prints a line a router: equal, close (another choice by a margin below 1e-5), and the rows that differ. Fails where one differs.
"""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import artifact  # noqa: E402
import score  # noqa: E402

CLOSE = 1e-5


def main(reference: Path, artifacts: Path) -> int:
    vectors = np.load(reference / "embeddings.npy")
    rows = [json.loads(line) for line in (reference / "decisions.jsonl").read_text(encoding="utf-8").splitlines()]
    chosen = {name: [row[name] for row in rows] for name in rows[0] if name != "row"}
    chosen["graphrouter"] = json.loads((reference / "decisions_graphrouter.json").read_text(encoding="utf-8"))
    failed = False
    for folder in sorted(artifacts.iterdir()):
        made = artifact.read(folder)
        theirs = chosen[made.origin]
        ours = score.scores(made, vectors[:len(theirs)])
        equal, close, differ = 0, [], []
        for row, (scores, their) in enumerate(zip(ours, theirs)):
            if made.labels[int(np.argmax(scores))] == their:
                equal += 1
            elif scores.max() - scores[made.labels.index(their)] < CLOSE:
                close.append(row)
            else:
                differ.append(row)
        print(f"{made.origin}: {equal} of {len(theirs)} equal, close {close}, differ {differ}")
        failed |= bool(differ)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))

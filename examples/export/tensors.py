"""Reads what torch.save wrote: the zip of today, and the older file of several pickles one after the other."""

import io
import zipfile
from typing import Any, BinaryIO

import numpy as np

from refused import Refused
from unpickle import Reader

MAGIC = 0x1950A86A20F9469CFC6C
ZIP = b"PK\x03\x04"


def load(file: BinaryIO, source: str) -> Any:
    """The object in it; tensors are numpy arrays. A pickle that is not torch's own is read as one."""
    head = file.read(4)
    file.seek(0)
    if head == ZIP:
        return load_zip(file, source)
    first = Reader(file, source).read()
    return load_legacy(file, source) if first == MAGIC else first


def load_zip(file: BinaryIO, source: str) -> Any:
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.endswith("data.pkl")]
        if len(names) != 1:
            raise Refused(f"{source}: expected one data.pkl in it, as torch.save writes, found {len(names)}")
        folder = names[0].removesuffix("data.pkl")
        if folder + "byteorder" in archive.namelist() and archive.read(folder + "byteorder") != b"little":
            raise Refused(f"{source}: its numbers are big-endian: save it again on a little-endian machine")

        def storage(dtype: np.dtype, key: str, length: int) -> np.ndarray:
            return numbers(archive.read(f"{folder}data/{key}"), dtype, length, source)

        return Reader(io.BytesIO(archive.read(names[0])), source, storage).read()


def load_legacy(file: BinaryIO, source: str) -> Any:
    """Behind the magic number: version, machine, the object, the keys of its storages, then each one's length and numbers.

    The object comes before its numbers, so it is read twice: first for the types of the storages, then with their numbers.
    """
    Reader(file, source).read()
    if not Reader(file, source).read().get("little_endian", True):
        raise Refused(f"{source}: its numbers are big-endian: save it again on a little-endian machine")
    start = file.tell()
    types: dict[str, np.dtype] = {}

    def note(dtype: np.dtype, key: str, length: int) -> np.ndarray:
        types[key] = dtype
        return np.zeros(length, dtype)

    Reader(file, source, note).read()
    storages: dict[str, np.ndarray] = {}
    for key in Reader(file, source).read():
        length = int.from_bytes(file.read(8), "little")
        storages[key] = numbers(file.read(length * types[key].itemsize), types[key], length, source)
    file.seek(start)
    return Reader(file, source, lambda dtype, key, length: storages[key]).read()


def numbers(data: bytes, dtype: np.dtype, length: int, source: str) -> np.ndarray:
    if len(data) < length * dtype.itemsize:
        raise Refused(f"{source}: {len(data)} bytes where {length} numbers of type {dtype} should be: the file is damaged")
    return np.frombuffer(data, dtype, length)

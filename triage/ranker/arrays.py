"""Fitted estimators as arrays in an ``.npz``, from which nothing can run: one declaration an array.

A class lists its arrays as ``ARRAYS``; saving and loading, and the checks of kind and shape, follow
from that.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

LARGEST = 400_000_000
"""No honest model unpacks to more bytes than this."""

Arrays = dict[str, NDArray[Any]]


class Array(NamedTuple):
    """An array of a fitted estimator."""

    name: str
    """In the file."""
    attribute: str
    dtype: type[np.generic]
    """In the file; half precision is single precision in memory."""
    shape: tuple[str | int, ...]
    """Lengths, or names of lengths that arrays share."""


class HasArrays(Protocol):
    """A class with arrays to be kept."""

    ARRAYS: ClassVar[tuple[Array, ...]]


Fitted = TypeVar("Fitted", bound=HasArrays)


def pack(estimator: HasArrays, prefix: str = "") -> Arrays:
    """Return the arrays of an estimator by name."""
    return {
        prefix + one.name: np.asarray(getattr(estimator, one.attribute)).astype(one.dtype)
        for one in estimator.ARRAYS
    }


def unpack(
    estimator: Fitted, arrays: Mapping[str, NDArray[Any]], lengths: dict[str, int], prefix: str = ""
) -> Fitted:
    """Set the arrays of an estimator, and return it.

    Parameters
    ----------
    lengths : dict of str to int
        The lengths known so far; those met for the first time are added.

    Raises
    ------
    ValueError
        If an array is missing, or not what it should be.
    """
    for one in estimator.ARRAYS:
        array = arrays[prefix + one.name]
        kind = np.dtype(one.dtype).kind
        if not isinstance(array, np.ndarray) or array.dtype.kind != kind or array.ndim != len(one.shape):
            raise ValueError(f"{prefix + one.name} is not an array of kind {kind!r} with shape {one.shape}")
        if kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"{prefix + one.name} holds numbers that are not finite")
        for length, wanted in zip(array.shape, one.shape, strict=True):
            if length != (wanted if isinstance(wanted, int) else lengths.setdefault(wanted, length)):
                raise ValueError(f"{prefix + one.name} has shape {array.shape}, which does not fit")
        single = np.float32 if one.dtype is np.float16 else one.dtype
        setattr(estimator, one.attribute, array if kind == "U" else array.astype(single))
    return estimator


def write_npz(arrays: Mapping[str, NDArray[Any]], *, compressed: bool = True) -> bytes:
    """Return an ``.npz``; the same arrays give the same bytes."""
    out = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(out, **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def read_npz(data: bytes) -> Arrays:
    """Read what :func:`write_npz` wrote.

    Raises
    ------
    ValueError
        If it is truncated, altered or something else.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as members:
            if sum(member.file_size for member in members.infolist()) > LARGEST:
                raise ValueError("it unpacks to more than a model can hold")
        with np.load(io.BytesIO(data), allow_pickle=False) as loaded:
            return {name: loaded[name] for name in loaded.files}
    # Anything can be wrong with bytes from a disk, and numpy's readers raise nearly everything.
    except Exception as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error

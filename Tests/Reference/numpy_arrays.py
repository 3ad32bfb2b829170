"""Writes Tests/Fixtures/numpy: small arrays as NumPy itself writes them.

Run with NumPy 2:  python3 Tests/Reference/numpy_arrays.py
"""
import io
import pathlib
import zipfile

import numpy
from numpy.lib import format

folder = pathlib.Path(__file__).parent.parent / "Fixtures/numpy"
folder.mkdir(parents=True, exist_ok=True)


def array(kind):
    """Twelve numbers that the type holds exactly, as Tests/PipelineTests/NumPyImportTests knows them."""
    numbers = numpy.arange(12)
    if kind[-2] == "b":
        numbers = numbers % 3 == 0
    elif kind[-2] == "i":
        numbers = numbers - 5
    elif kind[-2] == "f":
        numbers = numbers / 4 - 1
    return numbers.astype(kind).reshape(3, 4)


kinds = ["|b1", "|u1", "|i1"] + [
    order + kind for kind in ["u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"] for order in "<>"]
words = {"|": "", "<": "little/", ">": "big/"}
arrays = {words[kind[0]] + kind[1:]: array(kind) for kind in kinds}
numpy.savez(folder / "stored.npz", **arrays)
numpy.savez_compressed(folder / "deflated.npz", **arrays)

cube = numpy.arange(24).reshape(2, 3, 4)
numpy.savez_compressed(folder / "fortran.npz", cube=numpy.asfortranarray(cube.astype("<i4")))
numpy.save(folder / "fortran.npy", numpy.asfortranarray(cube.astype(">f8")))
numpy.save(folder / "list.npy", numpy.arange(5, dtype="<f4"))
numpy.save(folder / "single.npy", numpy.float64(2.5))
for version in [1, 2, 3]:
    with open(folder / f"version{version}.npy", "wb") as file:
        format.write_array(file, array("<f4"), version=(version, 0))
# What is refused.
numpy.save(folder / "complex.npy", numpy.zeros(2, "c8"))
numpy.save(folder / "texts.npy", numpy.array(["a", "b"]))
numpy.save(folder / "objects.npy", numpy.array([{}], dtype=object), allow_pickle=True)
numpy.save(folder / "records.npy", numpy.zeros(2, [("a", "f4"), ("b", "i4")]))

# An archive whose directory needs ZIP64, as those over 4 GB do.
zipfile.ZIP64_LIMIT = 1
bytes_ = io.BytesIO()
numpy.save(bytes_, array("<i2"))
with zipfile.ZipFile(folder / "zip64.npz", "w", zipfile.ZIP_DEFLATED) as archive:
    info = zipfile.ZipInfo("a.npy", (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, bytes_.getvalue())

"""Writes Tests/Fixtures/hdf5: compound and virtual data sets as h5py writes them.

Run with h5py 3:  python3 Tests/Reference/hdf5_data.py
"""
import pathlib

import h5py
import numpy

folder = pathlib.Path(__file__).parent.parent / "Fixtures/hdf5"
folder.mkdir(parents=True, exist_ok=True)


def create(name):
    return h5py.File(folder / name, "w", libver=("earliest", "v110"))


# Row r of the records, as Tests/PipelineTests/RecordTests knows them.
count = 50
rows = numpy.arange(count)
records = numpy.zeros(
    count,
    dtype=[
        ("price", "<f4"), ("rooms", "|u1"), ("year", ">i2"), ("area", "<f8"), ("sold", "?"),
        ("place", "<f8", (2,)), ("note", h5py.string_dtype()), ("code", "S4"), ("label", "<i8"),
        ("grid", ">u2", (2, 2)),
    ],
)
records["price"] = rows / 4
records["rooms"] = rows % 7
records["year"] = 1950 + rows
records["area"] = rows * 1.5 - 10
records["sold"] = rows % 2 == 0
records["place"] = numpy.stack([rows + 0.25, -rows], axis=1)
records["note"] = [f"row {r}" for r in rows]
records["code"] = b"x"
records["label"] = rows % 3
records["grid"] = (rows[:, None] * 4 + numpy.arange(4)).reshape(count, 2, 2)
numbers = ["price", "rooms", "year", "area", "sold", "place", "label", "grid"]
with create("records.h5") as file:
    file.create_dataset("houses/rows", data=records, chunks=(16,), compression="gzip")
    plain = numpy.zeros(count, dtype=[(n, records.dtype[n].str if n != "place" and n != "grid"
                                       else records.dtype[n]) for n in numbers])
    for name in numbers:
        plain[name] = records[name]
    file.create_dataset("plain", data=plain)
    file.create_dataset("square", data=plain.reshape(5, 10))

# One data set of 30 rows in two files of 20 and 10, one of which the second virtual file lacks.
for number, (first, length) in enumerate([(0, 20), (20, 10)]):
    with create(f"part-{number}.h5") as file:
        values = numpy.arange(first, first + length)[:, None] * 3 + numpy.arange(3)
        file.create_dataset("x", data=values.astype("f4"))


def virtual(name, parts, source="x"):
    layout = h5py.VirtualLayout(shape=(30, 3), dtype="f4")
    for file, dataset, first, length in parts:
        layout[first:first + length] = h5py.VirtualSource(file, dataset, shape=(length, 3))
    with create(name) as file:
        file.create_virtual_dataset("x", layout)


virtual("virtual.h5", [("part-0.h5", "x", 0, 20), ("part-1.h5", "x", 20, 10)])
virtual("virtual-file.h5", [("part-0.h5", "x", 0, 20), ("part-7.h5", "x", 20, 10)])
virtual("virtual-name.h5", [("part-0.h5", "x", 0, 20), ("part-1.h5", "xx", 20, 10)])
virtual("virtual-short.h5", [("part-0.h5", "x", 0, 15), ("part-1.h5", "x", 15, 15)])
virtual("virtual-twice.h5", [("virtual.h5", "x", 0, 30)])
virtual("virtual-twice-file.h5", [("virtual-file.h5", "x", 0, 30)])

# Columns of a table as pandas users store them: texts of their own lengths in one piece, and of one length.
with create("texts.h5") as file:
    table = file.create_group("t")
    texts = [("é" * (r % 5) + f" {r}") if r % 7 else "" for r in range(300)]
    table.create_dataset("variable", data=texts, dtype=h5py.string_dtype())
    table.create_dataset("chunked", data=texts, dtype=h5py.string_dtype(), chunks=(64,))
    table.create_dataset("fixed", data=numpy.array([t.encode() for t in texts]))
    table.create_dataset("n", data=numpy.arange(300))

"""Writes Tests/Fixtures/hdf5/sparse.h5: sparse matrices as anndata and users of SciPy write them.

Run with h5py 3, SciPy 1 and anndata 0.12:  python3 Tests/Reference/sparse_matrices.py
"""
import pathlib

import anndata
import h5py
import numpy
import scipy.sparse

path = pathlib.Path(__file__).parent.parent / "Fixtures/hdf5/sparse.h5"

# 24 rows of 30 columns, as Tests/PipelineTests/SparseRowsTests knows them: row r has r % 4 pairs.
dense = numpy.zeros((24, 30))
for row in range(24):
    for pair in range(row % 4):
        dense[row, (row * 7 + pair * 11) % 30] = row / 8 - pair
matrix = scipy.sparse.csr_matrix(dense)
matrix.sort_indices()


with h5py.File(path, "w", libver=("earliest", "v110")) as file:
    anndata.io.write_elem(file, "anndata/X", matrix.astype("f4"))
    scipy_group = file.create_group("scipy")
    for name in ["data", "indices", "indptr"]:
        scipy_group[name] = getattr(matrix, name)
    scipy_group.attrs["shape"] = matrix.shape
    file["y"] = numpy.arange(24, dtype="i4") % 3

package import HDF5

/// A group that is a matrix of which a file has the pairs of column and value alone: compressed sparse rows (CSR), as
/// SciPy has them in memory and anndata in files.
///
/// `indptr` says for each row which of the pairs in `indices` and `data` are its own, the attribute `shape` how many
/// rows and columns there are. Source: anndata, "On-disk format", version 0.1.0 of `csr_matrix`.
package enum SparseGroup {
  /// The data set of the values.
  static let data = "data"
  /// The data set of their columns.
  static let indices = "indices"
  /// The data set of the pairs at which rows begin, and behind the last.
  static let indptr = "indptr"
  /// The attribute of the counts of rows and columns.
  static let shape = "shape"
  /// The attribute of what the group is.
  static let encodingType = "encoding-type"
  /// The attribute of the version of that.
  static let encodingVersion = "encoding-version"
  /// What the group is.
  static let encoding = "csr_matrix"
  /// The version that is written.
  static let version = "0.1.0"
  /// The same by columns, which has no rows that could be read by themselves.
  private static let columnEncoding = "csc_matrix"

  /// Whether a group is a sparse matrix: it says so, or has the three data sets and is no table.
  package static func isSparse(_ group: borrowing Group) -> Bool {
    if group.hasAttribute(encodingType) {
      let found = try? group.stringAttribute(encodingType)
      return found == encoding || found == columnEncoding
    }
    return !group.hasAttribute("columns")
      && [data, indices, indptr].allSatisfy { group.kind(of: $0) == .dataset }
  }

  /// The counts of rows and columns of a sparse matrix.
  ///
  /// - Throws: `PipelineError` for one that is stored by columns, and where the attribute is missing or is no shape.
  package static func shape(
    of group: borrowing Group
  ) throws(PipelineError) -> (rows: Int, columns: Int) {
    let place = group.place
    let found = (try? group.stringAttribute(encodingType)) ?? encoding
    guard found == encoding else {
      throw PipelineError(
        "\(place) is a sparse matrix by columns (\(found)), and rows are read: write the matrix's tocsr()"
      )
    }
    guard group.hasAttribute(shape) else {
      throw PipelineError(
        "\(place) is a sparse matrix without the attribute 'shape': set it to [rows, columns], as in "
          + "group.attrs['shape'] = matrix.shape")
    }
    let lengths: [Int]
    do { lengths = try group.intsAttribute(shape) } catch { throw PipelineError(error) }
    guard lengths.count == 2, lengths.allSatisfy({ $0 >= 0 }) else {
      let words = lengths.prefix(4).map(String.init).joined(separator: ", ")
      throw PipelineError(
        "\(place): the attribute 'shape' is [\(words)\(lengths.count > 4 ? ", ..." : "")], but a sparse matrix has "
          + "[rows, columns]")
    }
    return (lengths[0], lengths[1])
  }
}

import Configuration
import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

@Suite("Sparse matrices as rows")
struct SparseRowsTests {
  /// A sparse matrix, and what a file of it may have wrong.
  struct Matrix {
    var data: [Float] = [1, 2, 3, 4]
    var indices = [1, 3, 0, 3]
    var indptr = [0, 2, 2, 4]
    var shape: [Int]? = [3, 4]
    var encoding: String?
    var types: (data: ElementType, indices: ElementType, indptr: ElementType) = (
      .float32, .int32, .int64
    )
    var isBigEndian = false
    var chunk: Int?

    func write(_ name: String, in root: borrowing Group) throws {
      let group = try root.createGroup(name)
      func numbers<E: Element>(_ name: String, _ type: ElementType, _ numbers: [E]) throws {
        let chunks = numbers.isEmpty ? nil : chunk.map { [min($0, numbers.count)] }
        try group.createDataset(
          name, shape: [numbers.count], type: type, isBigEndian: isBigEndian, chunks: chunks,
          gzip: chunks == nil ? nil : 1
        ).write(numbers)
      }
      try numbers("data", types.data, data)
      try numbers("indices", types.indices, indices)
      try numbers("indptr", types.indptr, indptr)
      if let shape { try group.writeAttribute("shape", shape) }
      if let encoding { try group.writeAttribute("encoding-type", encoding) }
    }

    /// All numbers, row by row.
    var dense: [Float] {
      let width = shape?[1] ?? 0
      var dense = [Float](repeating: 0, count: (indptr.count - 1) * width)
      for row in 0..<indptr.count - 1 {
        for pair in indptr[row]..<indptr[row + 1] {
          dense[row * width + indices[pair]] = data[pair]
        }
      }
      return dense
    }
  }

  /// Rows of a source, into memory that held something else.
  static func rows(_ source: any RowSource, _ rows: Range<Int>) throws -> [Float] {
    var numbers = [Float](repeating: 7, count: rows.count * source.layout.featureCount)
    try numbers.withUnsafeMutableBufferPointer { try source.readFeatures(rows, into: $0) }
    return numbers
  }

  private func error(_ matrix: Matrix, _ source: DataSource? = nil) throws -> String {
    try HDF5SourceTests.withFile {
      try matrix.write("x", in: $0)
    } _: { path in
      do {
        var source = source ?? DataSource(file: path, features: "x", target: nil)
        source.files = [path]
        let opened = try source.open()
        _ = try Self.rows(opened, 0..<opened.layout.rowCount)
        Issue.record("no error")
        return ""
      } catch let error as PipelineError {
        #expect(error.exitCode == ExitCode.data, "\(error)")
        #expect(!error.description.contains("\n"))
        #expect(error.description.contains("\(path): '/x"), "\(error)")
        return error.description
      }
    }
  }

  @Test("what anndata and h5py have written is read", arguments: ["anndata/X", "scipy"])
  func reference(name: String) throws {
    var dense = [Float](repeating: 0, count: 24 * 30)
    for row in 0..<24 {
      for pair in 0..<row % 4 {
        dense[row * 30 + (row * 7 + pair * 11) % 30] = Float(row) / 8 - Float(pair)
      }
    }
    let path = fixture("hdf5/sparse.h5").path
    let source = try DataSource(file: path, features: name, target: "y").open()
    #expect(source.layout.featureShape == [30] && source.layout.rowCount == 24)
    #expect(!source.layout.hasByteFeatures && source.columnNames.isEmpty)
    #expect(try Self.rows(source, 0..<24) == dense)
    for row in (0..<24).reversed() {
      #expect(try Self.rows(source, row..<row + 1) == Array(dense[row * 30..<(row + 1) * 30]))
    }
    var targets = [Float](repeating: -1, count: 2)
    try targets.withUnsafeMutableBufferPointer { try source.readTargets(4..<6, into: $0) }
    #expect(targets == [1, 2])
  }

  @Test("numbers of all sizes, in either order of bytes, are the same")
  func types() throws {
    let whole: [ElementType] = [
      .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64,
    ]
    for isBigEndian in [false, true] {
      for (index, values) in ElementType.numbers.enumerated() {
        let type = whole[index % whole.count]
        var matrix = Matrix(
          types: (values, type, whole[7 - index % whole.count]), isBigEndian: isBigEndian)
        if index % 2 == 0 { matrix.chunk = 3 }
        try HDF5SourceTests.withFile {
          try matrix.write("x", in: $0)
        } _: { path in
          let source = try DataSource(file: path, features: "x", target: nil).open()
          #expect(!source.layout.hasByteFeatures)
          #expect(source.layout.chunkRowCount == (index % 2 == 0 ? 3 : nil))
          #expect(
            try Self.rows(source, 0..<3) == matrix.dense, "\(values), \(type), \(isBigEndian)")
        }
      }
    }
  }

  @Test("more rows and pairs than are in memory at once, of two files, beside a column, in windows")
  func blocks() throws {
    var matrix = Matrix(
      data: [], indices: [], indptr: [0], shape: [9001, 50], encoding: "csr_matrix", chunk: 1000)
    for row in 0..<9001 {
      // Rows without pairs, and full ones.
      let count = row % 100 == 99 ? 50 : row % 9
      for pair in 0..<count {
        matrix.data.append(Float(row) + Float(pair) / 64)
        matrix.indices.append(count == 50 ? pair : (row % 3) + pair * 5)
      }
      matrix.indptr.append(matrix.data.count)
    }
    try #require(matrix.data.count > 32_768)
    let dense = matrix.dense
    try HDF5SourceTests.withFile { root in
      try matrix.write("x", in: root)
      try root.createDataset("n", shape: [9001], of: Float.self).write((0..<9001).map { Float($0) })
    } _: { path in
      let other = path + ".other.h5"
      try FileManager.default.copyItem(atPath: path, toPath: other)
      defer { try? FileManager.default.removeItem(atPath: other) }
      var data = DataSource(file: path, features: "x", target: "n")
      data.files = [path, other]
      let source = try data.open()
      #expect(source.layout.rowCount == 18_002 && source.layout.chunkRowCount == 1000)
      #expect(try Self.rows(source, 0..<9001) == dense)
      #expect(
        try Self.rows(source, 8000..<9100) == Array(dense[(8000 * 50)...] + dense[..<(99 * 50)]))
      data.window = RowWindow(length: 3, stride: 2)
      let windows = try data.open()
      #expect(windows.layout.featureShape == [3, 50])
      #expect(
        try Self.rows(windows, 10..<12)
          == Array(dense[(20 * 50)..<(23 * 50)] + dense[(22 * 50)..<(25 * 50)]))
      data.window = nil
      (data.files, data.featureColumns) = ([path], ["n", "x"])
      let joined = try Self.rows(try data.open(), 4000..<4200)
      #expect(joined.count == 200 * 51)
      for row in 0..<200 {
        let numbers = Array(joined[(row * 51)..<(row * 51 + 51)])
        #expect(
          numbers == [Float(4000 + row)] + dense[((4000 + row) * 50)..<((4001 + row) * 50)])
      }
    }
  }

  @Test("a matrix without pairs is zeros, and one may be the targets, in any order of reading")
  func empty() throws {
    try HDF5SourceTests.withFile { root in
      try Matrix(data: [], indices: [], indptr: [0, 0, 0, 0]).write("none", in: root)
      try Matrix().write("some", in: root)
    } _: { path in
      let source = try DataSource(file: path, features: "none", target: "some").open()
      #expect(try Self.rows(source, 0..<3) == [Float](repeating: 0, count: 12))
      #expect(source.layout.targetShape == [4])
      var targets = [Float](repeating: 7, count: 4)
      for (row, expected) in [(2, [3, 0, 0, 4]), (0, [0, 1, 0, 2]), (1, [0, 0, 0, 0])] {
        try targets.withUnsafeMutableBufferPointer {
          try source.readTargets(row..<row + 1, into: $0)
        }
        #expect(targets == expected.map { Float($0) })
      }
    }
  }

  @Test("what is no sparse matrix by rows is refused in one line that names the data set")
  func refused() throws {
    let cases: [(Matrix, [String])] = [
      (Matrix(indptr: [0, 3, 2, 4]), ["indptr'", "number 2 is 2", "below 3"]),
      (Matrix(indptr: [0, 9, 9, 4]), ["indptr'", "number 1 is 9", "only 4 pairs"]),
      (Matrix(indptr: [0, -1, 2, 4]), ["indptr'", "number 1 is -1", "below 0"]),
      (Matrix(indptr: [1, 2, 2, 4]), ["indptr'", "from 1 to 4", "4 pairs"]),
      (Matrix(indptr: [0, 2, 2, 3]), ["indptr'", "from 0 to 3", "4 pairs"]),
      (Matrix(indptr: [0, 2, 4]), ["indptr'", "has 3 numbers", "the 3 rows"]),
      (Matrix(indptr: [0, 2, 2, 3, 4]), ["indptr'", "has 5 numbers", "CSC", "tocsr()"]),
      (Matrix(indices: [1, 4, 0, 3]), ["indices'", "row 0 has the column 4", "4 columns"]),
      (Matrix(indices: [1, 3, -1, 3]), ["indices'", "row 2 has the column -1"]),
      (Matrix(indices: [3, 1, 0, 3]), ["indices'", "row 0", "1 behind 3", "sort_indices()"]),
      (Matrix(indices: [1, 3, 2, 2]), ["indices'", "row 2", "2 twice", "sum_duplicates()"]),
      (Matrix(indices: [1, 3, 0]), ["indices' has 3 numbers", "data' has 4"]),
      (Matrix(types: (.float32, .float32, .int64)), ["indices' holds float32", "whole numbers"]),
      (Matrix(types: (.float32, .int32, .float64)), ["indptr' holds float64", "whole numbers"]),
      (Matrix(shape: nil), ["without the attribute 'shape'"]),
      (Matrix(shape: [3]), ["'shape' is [3]"]),
      (Matrix(shape: [3, 4, 1]), ["'shape' is [3, 4, 1]"]),
      (Matrix(shape: [.max, 4]), ["indptr'", "has 4 numbers", "\(Int.max) rows"]),
      (Matrix(shape: [3, -4]), ["'shape' is [3, -4]"]),
      (Matrix(shape: [3, 0]), ["is empty", "[3, 0]"]),
      (Matrix(data: [], indices: [], indptr: [0], shape: [0, 4]), ["is empty", "[0, 4]"]),
      (Matrix(shape: [3, 1 << 31]), ["2147483648 columns", "fit into memory"]),
      (Matrix(encoding: "csc_matrix"), ["by columns (csc_matrix)", "tocsr()"]),
    ]
    for (matrix, words) in cases {
      let found = try error(matrix)
      for word in words { #expect(found.contains(word), "\(word): \(found)") }
    }
    // Unsigned numbers beyond those with a sign.
    var large = Matrix(types: (.float32, .int32, .uint64))
    large.indptr = [0, 2, 2, 4]
    try HDF5SourceTests.withFile { root in
      try large.write("x", in: root)
      try root.group("x").dataset("indptr").write([0, UInt64.max, 2, 4])
    } _: { path in
      let source = try DataSource(file: path, features: "x", target: nil).open()
      let found = #expect(throws: PipelineError.self) { try Self.rows(source, 0..<3) }
      #expect(found?.description.contains("number 1 is -1") == true, "\(String(describing: found))")
    }
    var table = DataSource(file: "", features: "x", target: nil)
    table.table = "x"
    table.featureColumns = ["data"]
    #expect(try error(Matrix(), table).contains("leave 'table' out"))
    #expect(throws: PipelineError.self) {
      try HDF5SourceTests.withFile {
        try Matrix().write("x", in: $0)
      } _: { path in
        var source = DataSource(file: path, features: "x", target: nil)
        source.largestRowByteCount = 15
        _ = try source.open()
      }
    }
  }

  @Test("data sets that were never written, or of more axes, are refused")
  func forms() throws {
    func error(_ change: (borrowing Group) throws -> Void) throws -> String {
      let found = try HDF5SourceTests.open(
        { root in
          try Matrix().write("x", in: root)
          try change(root.group("x"))
        }, target: nil)
      return try #require(found).description
    }
    let unwritten = try error {
      try $0.remove("indices")
      try $0.createDataset("indices", shape: [4], of: Int32.self, chunks: [2])
    }
    #expect(unwritten.contains("'/x/indices'") && unwritten.contains("nothing was ever written"))
    let square = try error {
      try $0.remove("data")
      try $0.createDataset("data", shape: [4, 1], of: Float.self).write([1, 2, 3, 4] as [Float])
    }
    #expect(square.contains("'/x/data' has the shape [4, 1]"), "\(square)")
    let missing = try error {
      try $0.writeAttribute("encoding-type", "csr_matrix")
      try $0.remove("indptr")
    }
    #expect(missing.contains("/x/indptr"), "\(missing)")
  }

  @Test("a group of columns that are called so is one still, and so is one of another kind")
  func columns() throws {
    try HDF5SourceTests.withFile { root in
      let columns: [String: [Float]] = [
        "data": [1, 2, 3], "indices": [4, 5, 6], "indptr": [7, 8, 9],
      ]
      for group in ["table", "frame"] {
        for (name, numbers) in columns {
          try root.createDataset("\(group)/\(name)", shape: [3], of: Float.self).write(numbers)
        }
      }
      try root.group("table").writeAttribute("columns", ["indptr", "data", "indices"])
      try root.group("frame").writeAttribute("encoding-type", "dataframe")
    } _: { path in
      let table = try DataSource(file: path, features: "table", target: nil).open()
      #expect(try Self.rows(table, 0..<2) == [7, 1, 4, 8, 2, 5])
      let frame = try DataSource(file: path, features: "frame", target: nil).open()
      #expect(try Self.rows(frame, 1..<2) == [2, 5, 8])
    }
  }
}

import Configuration
import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// Columns of a training that other files have in another order.
@Suite("Columns in the order of a training")
struct ColumnOrderTests {
  private static func values(_ source: DataSource) throws -> [Float] {
    let opened = try source.open()
    var values = [Float](
      repeating: -1, count: opened.layout.rowCount * opened.layout.featureCount)
    try values.withUnsafeMutableBufferPointer {
      try opened.readFeatures(0..<opened.layout.rowCount, into: $0)
    }
    return values
  }

  /// Three columns, those that `others` are called, and a target, as a group, a group with an order of its own, and a
  /// matrix with names; the names are given to the columns in this order: 1 and 2, 10 and 20, 100 and 200, and so on.
  private static func write(
    _ names: [String], _ path: String, others: [String] = [],
    groups: [String] = ["plain", "ordered"]
  ) throws {
    try File.replace(path) { file in
      let names = names + others
      let columns = (0..<names.count).map { column in
        (1...2).map { Float($0) * Float(pow(10.0, Double(column))) }
      }
      let root = try file.root()
      for place in groups {
        let group = try root.createGroup(place)
        for (name, column) in zip(names, columns) {
          try group.createDataset(name, shape: [2], of: Float.self).write(column)
        }
        try group.createDataset("y", shape: [2], of: Float.self).write([7, 8])
        if place == "ordered" { try group.writeAttribute("columns", names + ["y"]) }
      }
      let matrix = try root.createDataset("matrix", shape: [2, names.count], of: Float.self)
      try matrix.write((0..<2).flatMap { row in columns.map { $0[row] } })
      try matrix.writeAttribute("feature_names", names)
      try root.createDataset("bare", shape: [2, 3], of: Float.self).write([1, 10, 100, 2, 20, 200])
    }
  }

  private static func source(_ path: String, _ features: String, order: [String]) -> DataSource {
    var source = DataSource(file: path, features: features, target: nil)
    source.leftOut = ["\(features)/y"]
    source.columnOrder = order
    return source
  }

  /// The same group as a table, of which all columns but the target are features.
  private static func table(_ path: String, _ name: String, order: [String]) -> DataSource {
    var source = DataSource(file: path, features: name, target: "y")
    (source.table, source.takesAllColumns, source.columnOrder) = (name, true, order)
    return source
  }

  @Test("groups, tables and matrices with names have their columns in any order")
  func order() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try Self.write(["c", "a", "b"], path)
      // What the names a, b and c were given to.
      let expected: [Float] = [10, 100, 1, 20, 200, 2]
      let order = ["a", "b", "c"]
      for name in ["plain", "ordered", "matrix"] {
        let source = Self.source(path, name, order: order)
        #expect(try Self.values(source) == expected, "\(name)")
        #expect(try source.open().featureColumns == order, "\(name)")
        // Some of them.
        #expect(
          try Self.values(Self.source(path, name, order: ["c", "b"])) == [1, 100, 2, 200],
          "\(name)")
      }
      for name in ["plain", "ordered"] {
        #expect(try Self.values(Self.table(path, name, order: order)) == expected, "\(name)")
      }
      // The file's own order.
      #expect(try Self.values(Self.source(path, "matrix", order: [])) == [1, 10, 100, 2, 20, 200])
      #expect(try Self.values(Self.source(path, "plain", order: [])) == expected)
      #expect(try Self.values(Self.source(path, "ordered", order: [])) == [1, 10, 100, 2, 20, 200])
      // Numbers without names, and names that are none, are found by their places.
      #expect(try Self.values(Self.source(path, "bare", order: order)) == [1, 10, 100, 2, 20, 200])
      let numbers = ["column_0", "column_1", "column_2"]
      #expect(
        try Self.values(Self.source(path, "matrix", order: numbers)) == [1, 10, 100, 2, 20, 200])
      // So are names of which one is there twice, in the file or in the training.
      #expect(
        try Self.values(Self.source(path, "matrix", order: ["a", "b", "a"]))
          == [1, 10, 100, 2, 20, 200])
      try Self.write(["a", "b", "a"], path, groups: [])
      #expect(
        try Self.values(Self.source(path, "matrix", order: ["b", "a"])) == [1, 10, 100, 2, 20, 200])
    }
  }

  @Test("names that are numbers are places, also where others stand between them")
  func numbers() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try Self.write(["column_2", "column_0", "column_1"], path)
      let order = ["column_0", "column_1"]
      // All columns are there: that they are more than those of the training is told where the forms are compared.
      let all: [Float] = [1, 10, 100, 2, 20, 200]
      #expect(try Self.values(Self.source(path, "matrix", order: order)) == all)
      #expect(try Self.source(path, "plain", order: order).open().layout.featureShape == [3])
      #expect(try Self.table(path, "ordered", order: order).open().layout.featureShape == [3])
    }
  }

  @Test("bytes stay bytes, and many rows are read piece by piece")
  func bytes() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      // More than two pieces of 16 MiB, with chunks that do not divide them.
      let (rowCount, width) = (70_001, 500)
      try File.replace(path) { file in
        let matrix = try file.root().createDataset(
          "matrix", shape: [rowCount, width], of: UInt8.self, chunks: [999, width])
        try matrix.writeAttribute("feature_names", (0..<width).map { "c\($0)" })
        var cells = [UInt8](repeating: 0, count: rowCount * width)
        for row in 0..<rowCount {
          (cells[row * width + 3], cells[row * width + 499]) =
            (UInt8(row % 251), UInt8(row % 241))
        }
        try matrix.write(cells)
      }
      let opened = try Self.source(path, "matrix", order: ["c499", "c3"]).open()
      #expect(opened.layout.hasByteFeatures && opened.layout.featureShape == [2])
      var rows = [UInt8](repeating: 255, count: 2 * (rowCount - 1))
      try rows.withUnsafeMutableBufferPointer { try opened.readFeatures(1..<rowCount, into: $0) }
      let wrong = (1..<rowCount).first { (row: Int) -> Bool in
        let cells: [Int] = [Int(rows[2 * row - 2]), Int(rows[2 * row - 1])]
        return cells != [row % 241, row % 251]
      }
      #expect(wrong == nil, "row \(wrong ?? 0)")
    }
  }

  @Test("a target's columns are found by their names, also by a model's")
  func targets() throws {
    try withTemporaryFolder { folder in
      let paths = ["a.h5", "b.h5"].map { folder.appendingPathComponent($0).path }
      try Self.write(["c", "a", "b"], paths[0])
      try Self.write(["a", "x", "c"], paths[1], others: ["b"])
      for name in ["plain", "ordered", "matrix"] {
        let train = DataSource(file: paths[0], features: "bare", target: name)
        let names = try train.open().targetNames
        #expect(Set(names).isSuperset(of: ["a", "b", "c"]), "\(names)")
        var fitted = FittedPipeline(
          features: FittedStages(inputShape: [3]), target: FittedStages(inputShape: [3]),
          targetNames: ["c", "b"])
        let model = folder.appendingPathComponent("model-\(name).h5").path
        try File.replace(model) { file in
          try fitted.write(to: try file.root().openOrCreateGroup("p"))
        }
        fitted = try FittedPipeline(from: try File(opening: model).group("p"))
        let other = DataSource(file: paths[1], features: "bare", target: name)
          .bound(to: fitted)
        let opened = try other.open()
        #expect(opened.layout.targetShape == [2] && opened.targetNames == ["c", "b"])
        var values = [Float](repeating: -1, count: 4)
        try values.withUnsafeMutableBufferPointer { try opened.readTargets(0..<2, into: $0) }
        #expect(values == [100, 1000, 200, 2000], "\(name)")
        let error = #expect(throws: PipelineError.self) {
          var missing = other
          missing.targetOrder = ["c", "bb"]
          _ = try missing.open()
        }
        #expect(error?.description.contains("no column 'bb'") == true)
      }
    }
  }

  @Test("a column that is not there is named, with the nearest")
  func missing() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try Self.write(["area", "rooms", "age"], path)
      let order = ["rooms", "ages", "area"]
      for source in [
        Self.source(path, "plain", order: order), Self.source(path, "matrix", order: order),
        Self.table(path, "ordered", order: order),
      ] {
        let error = #expect(throws: PipelineError.self) { try source.open() }
        #expect(error?.exitCode == 66)
        for word in ["no column 'ages'", "did you mean 'age'?", "rename the column"] {
          #expect(error?.description.contains(word) == true, "\(String(describing: error))")
        }
      }
    }
  }

  @Test("records have their fields in any order, whatever these hold")
  func records() throws {
    let path = fixture("hdf5/records.h5").path
    let names = try DataSource(file: path, features: "plain", target: nil).open().columnNames
    #expect(names.count > 3)
    let reversed = Array(names.reversed())
    let source = Self.source(path, "plain", order: reversed)
    #expect(try source.open().columnNames == reversed)
    var expected = DataSource(file: path, features: reversed.joined(separator: ", "), target: nil)
    (expected.table, expected.featureColumns) = ("plain", reversed)
    #expect(try Self.values(source) == Self.values(expected))
    let error = #expect(throws: PipelineError.self) {
      try Self.source(path, "plain", order: ["prize"]).open()
    }
    #expect(error?.description.contains("did you mean 'price'?") == true)
  }

  @Test("lists of the same names are one list, that of the training")
  func lists() {
    var train = DataSource(file: "a.h5", features: "u, v", target: "p, q")
    (train.featureColumns, train.targetColumns) = (["u", "v"], ["p", "q"])
    var other = DataSource(file: "b.h5", features: "v, u", target: "q, p")
    (other.featureColumns, other.targetColumns) = (["v", "u"], ["q", "p"])
    let found = other.listed(as: train)
    #expect(found.featureColumns == ["u", "v"] && found.targetColumns == ["p", "q"])
    #expect(found.features == "u, v" && found.target == "p, q" && found.files == ["b.h5"])
    other.featureColumns = ["v", "w"]
    #expect(other.listed(as: train).featureColumns == ["v", "w"])
  }
}

private import Foundation
private import HDF5
private import NN

/// Valid files, from which libFuzzer makes its own: small ones, each with something that others lack.
enum Seeds {
  /// Writes FOLDER/TARGET/NAME; to be called in the project's folder.
  static func write(to folder: String) throws {
    for target in FuzzTarget.all {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/\(target.name)", withIntermediateDirectories: true)
    }
    for (name, text) in texts { try Data(text.utf8).write(to: url("\(folder)/\(name)")) }
    for (name, bytes) in idx { try Data(bytes).write(to: url("\(folder)/\(name)")) }
    for (target, path) in copies {
      for name in try FileManager.default.contentsOfDirectory(atPath: path)
      where name.hasSuffix("." + target.ending) {
        let bytes = try Data(contentsOf: url("\(path)/\(name)"))
        // Long inputs are slow, and say nothing new.
        guard bytes.count <= longest else { continue }
        // Versions of Keras have files of one name.
        try bytes.write(
          to: url("\(folder)/\(target.name)/\(url(path).lastPathComponent)-\(name)"))
      }
    }
    // What was found once; but what ends in the HDF5 library would end each run at its beginning.
    for target in FuzzTarget.configuration + FuzzTarget.imports {
      let finds = "Tests/Fixtures/finds/\(target.name)"
      for name in (try? FileManager.default.contentsOfDirectory(atPath: finds)) ?? [] {
        try Data(contentsOf: url("\(finds)/\(name)"))
          .write(to: url("\(folder)/\(target.name)/\(name)"))
      }
    }
    try writeJournals(to: folder)
    try writeKeras(to: folder)
    try writeModels(to: folder)
    try writeHDF5("\(folder)/hdf5/sounder.h5")
    try writeRows(to: "\(folder)/rows")
  }

  private static let longest = 1 << 16

  private static func url(_ path: String) -> URL { URL(fileURLWithPath: path) }

  private static let texts = [
    ("csv/numbers", "a,b,c\n1,2.5,-3e2\n4,,6\n\"7\",8,9\n10,11,12\r\n"),
    ("csv/tabs", "1\t2\n3\tnan\n-inf\t1e-400\n"),
    ("csv/semicolons", "x;y\n1;2\n\n# no comment\n3;4;5\n"),
    ("table/texts", "id,name\n1,\"a \"\"b\"\"\"\n2,\n3,\"x\ny\"\n"),
    ("table/bad-rows", "a,b\n1,2\n3\n4,5,6\n7,8\n"),
    ("libsvm/plain", "1 1:0.5 4:2 # c\n-1 qid:3 2:1e2\n0 3:7\n"),
    ("yaml/anchors", "a: &x {b: 1, c: [1, 2.5, null, true]}\nd: *x\ne: |\n  text\n"),
  ]

  private static let idx: [(String, [UInt8])] = [
    ("idx/bytes", [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3] + [1, 2, 3, 4, 5, 6]),
    ("idx/floats", [0, 0, 13, 1, 0, 0, 0, 1] + [63, 128, 0, 0]),
    ("idx/shorts", [0, 0, 11, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2] + [0, 1, 255, 255]),
    // `printf 'a,b\n1,2\n' | gzip -n`
    (
      "gzip/csv",
      [31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 75, 212, 73, 226, 50, 212, 49, 226, 2, 0]
        + [123, 7, 151, 10, 8, 0, 0, 0]
    ),
  ]

  private static let copies: [((name: String, ending: String), String)] = [
    (("yaml", "yaml"), "jobs"), (("yaml", "yaml"), "jobs/sparkflow"),
    (("yaml", "yaml"), "jobs/tables"), (("yaml", "yaml"), "Tests/Interop"),
    (("npy", "npy"), "Tests/Fixtures/numpy"), (("npz", "npz"), "Tests/Fixtures/numpy"),
    (("hdf5", "h5"), "Tests/Fixtures/keras"), (("model", "h5"), "Tests/Fixtures/keras"),
    (("model", "keras"), "Tests/Fixtures/keras/golden/k3"),
    (("weights", "weights.h5"), "Tests/Fixtures/keras/golden/k2"),
    (("weights", "weights.h5"), "Tests/Fixtures/keras/golden/k3"),
    (("weights", "weights.h5"), "Tests/Fixtures/keras/golden/min"),
    (("weights", "keras"), "Tests/Fixtures/keras/golden/k3"),
  ]

  /// The beginnings of two journals.
  private static func writeJournals(to folder: String) throws {
    for name in ["optuna-5", "sounder-1"] {
      let text = try String(contentsOf: url("Tests/Fixtures/\(name).journal"), encoding: .utf8)
      let lines = text.split(separator: "\n").prefix(40).map { $0 + "\n" }.joined()
      try Data(lines.utf8).write(to: url("\(folder)/journal/\(name)"))
    }
  }

  /// The JSON of the models that Keras wrote.
  private static func writeKeras(to folder: String) throws {
    for kind in ["keras", "layers"] {
      for name in try FileManager.default.contentsOfDirectory(atPath: "Tests/Fixtures/\(kind)")
      where name.hasSuffix(".h5") {
        let file = try File(opening: "Tests/Fixtures/\(kind)/\(name)")
        guard ModelFile.isModel(file) else { continue }
        let text = try ModelFile.configuration(in: file)
        guard text.utf8.count <= longest else { continue }
        try Data(text.utf8).write(to: url("\(folder)/keras/\(name).json"))
      }
    }
  }

  /// Models of this package, pipelines alone and checkpoints, of the versions in Tests/Fixtures/models.
  private static func writeModels(to folder: String) throws {
    let models = "Tests/Fixtures/models"
    for version in try FileManager.default.contentsOfDirectory(atPath: models) {
      for name in try FileManager.default.contentsOfDirectory(atPath: "\(models)/\(version)") {
        let parts = name.split(separator: ".")
        guard parts.last == "h5" else { continue }
        // `table.h5`, `fitted.pipeline.h5` and `stopped.checkpoint.h5`; others have rows and what was predicted.
        let targets =
          switch parts.count {
          case 2: ["model", "pipeline"]
          case 3: ["pipeline", "checkpoint"].filter { $0 == parts[1] }
          default: []
          }
        for target in targets {
          try FileManager.default.copyItem(
            atPath: "\(models)/\(version)/\(name)",
            toPath: "\(folder)/\(target)/\(version)-\(name)")
        }
      }
    }
    // One of before there were checksums: HDF5 cuts off what stands behind its end.
    let earlier = "\(folder)/checkpoint/unsealed.h5"
    try FileManager.default.copyItem(
      atPath: "\(models)/0.1.0-5a4ffd0/stopped.checkpoint.h5", toPath: earlier)
    let file = try File(opening: earlier, access: .readWrite)
    try file.group("sounder/checkpoint").writeAttribute("format_version", 1)
    try file.flush()
  }

  /// A file with everything that this package writes.
  private static func writeHDF5(_ path: String) throws {
    let numbers = (0..<120).map { Float($0) }
    try File.replace(path) { file in
      let train = try file.root().createGroup("train")
      try train.createDataset("features", shape: [20, 6], of: Float.self).write(numbers)
      try train.createDataset("packed", shape: [20, 6], of: UInt8.self, chunks: [4, 6], gzip: 4)
        .write(numbers)
      try train.createDataset("pieces", shape: [20, 6], of: Int16.self, chunks: [4, 6])
        .write(numbers)
      try train.createDataset("names", strings: ["a", "b", "cde"])
      try train.writeAttribute("names", ["a", "bc"])
      let sparse = try train.createGroup("sparse")
      try sparse.createDataset("data", shape: [3], of: Float.self, chunks: [2], gzip: 1)
        .write([Float](numbers[..<3]))
      try sparse.createDataset("indices", shape: [3], of: Int32.self).write([0, 5, 2] as [Int32])
      try sparse.createDataset("indptr", shape: [3], of: Int64.self).write([0, 2, 3] as [Int64])
      try sparse.writeAttribute("encoding-type", "csr_matrix")
      try sparse.writeAttribute("shape", [2, 6])
      try file.writeAttribute("count", 3)
    }
  }

  /// What the jobs in Tests/Fixtures/rows read: records, texts and sparse matrices of h5py, two inputs, and a small
  /// table of ours.
  private static func writeRows(to folder: String) throws {
    for path in [
      "hdf5/records.h5", "hdf5/texts.h5", "hdf5/sparse.h5", "keras/golden/k3/functional.io.h5",
    ] {
      let file = url("Tests/Fixtures/\(path)")
      try Data(contentsOf: file).write(to: url("\(folder)/\(file.lastPathComponent)"))
    }
    let texts = (0..<12).map { $0 % 5 == 0 ? "" : "é \($0 % 4)" }
    let bytes: [UInt8] = texts.flatMap { Array($0.utf8) + [0] }
    // Each begins behind the NUL of the one before.
    let starts = [0] + bytes.indices.filter { bytes[$0] == 0 }.dropLast().map { $0 + 1 }
    try File.replace("\(folder)/table.h5") { file in
      let table = try file.root().createGroup("t")
      try table.createDataset("n", shape: [12], of: Int32.self).write((0..<12).map { Int32($0) })
      try table.createDataset("fixed", strings: texts)
      for (name, chunkRows) in [("variable", 12), ("chunked", 5)] {
        let column = try table.createTextDataset(
          name, rowCount: 12, byteCount: nil, chunkRows: chunkRows)
        try bytes.withUnsafeBufferPointer {
          try column.writeTexts(rows: 0..<12, $0, startingAt: starts)
        }
      }
    }
  }
}

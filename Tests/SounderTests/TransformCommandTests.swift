import Foundation
import HDF5
import NN
import TestSupport
import Testing

/// Layers that do not need all inputs, several outputs of a layer, and columns beside features.
@Suite("Layers' outputs as data")
struct TransformCommandTests: CommandTests {
  private func values(_ name: String, _ dataset: String, in folder: URL) throws -> [Float] {
    try File(opening: folder.appendingPathComponent(name).path).dataset(dataset).readAll()
  }

  /// A file with the data sets `a` [40, 2], `b` [40], of which `b` may be left out, and `y` [40].
  private func write(_ name: String, withB: Bool, in folder: URL) throws {
    try File.replace(folder.appendingPathComponent(name).path) { file in
      let root = try file.root()
      try root.createDataset("a", shape: [40, 2], of: Float.self)
        .write((0..<80).map { Float($0 % 7) })
      if withB {
        try root.createDataset("b", shape: [40], of: Float.self)
          .write((0..<40).map { Float($0 % 5) })
      }
      try root.createDataset("y", shape: [40], of: Float.self).write((0..<40).map { Float($0 % 3) })
    }
  }

  @Test(
    "a layer that needs one of two inputs reads that alone, unless stages were fitted to both",
    arguments: [false, true])
  func inputs(hasStages: Bool) throws {
    try withTemporaryFolder { folder in
      try write("data.h5", withB: true, in: folder)
      try """
      data:
        train: {file: data.h5, features: {left: a, right: b}, target: y}
      \(hasStages ? "pipeline: {features: [standardize]}" : "")
      network:
        inputs: {left: [2], right: [1]}
        layers:
          - dense: {units: 2, name: near, inputs: left}
          - dense: {units: 2, name: far, inputs: right}
          - concatenate: {inputs: [near, far]}
          - dense: {units: 1}
      training: {loss: mse, optimizer: {adam: {learning_rate: 0.01}}, batch_size: 10, epochs: 1}
      output: {model: model.h5}
      """.write(
        to: folder.appendingPathComponent("job.yaml"), atomically: true, encoding: .utf8)
      try run(["train", "job.yaml", "--quiet"], in: folder)
      for (layer, name) in [("near", "a"), ("far", "b")] {
        let words = ["transform", "model.h5", "data.h5", "--layer", layer, "--overwrite"]
        try run(words + ["--output", "one.h5"], in: folder)
        try run(words + ["--output", "two.h5"], ranks: 2, in: folder)
        let found = try values("one.h5", "features", in: folder)
        #expect(try found.count == 80 && values("two.h5", "features", in: folder) == found)
        let prefix = "model_weights/\(layer)/\(layer)"
        let kernel = try values("model.h5", "\(prefix)/kernel:0", in: folder)
        let bias = try values("model.h5", "\(prefix)/bias:0", in: folder)
        let width = kernel.count / 2
        var rows = try values("data.h5", name, in: folder)
        if hasStages {
          for column in 0..<width {
            let own = (0..<40).map { Double(rows[$0 * width + column]) }
            let mean = own.reduce(0, +) / 40
            let deviation = (own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40).squareRoot()
            for row in 0..<40 {
              rows[row * width + column] = Float((own[row] - mean) / deviation)
            }
          }
        }
        for row in 0..<40 {
          for unit in 0..<2 {
            var sum = bias[unit]
            for j in 0..<width { sum += rows[row * width + j] * kernel[2 * j + unit] }
            // A sum of at most three floats below 10.
            #expect(abs(found[2 * row + unit] - sum) < 1e-4, "\(layer), row \(row)")
          }
        }
      }
      try write("half.h5", withB: false, in: folder)
      let words = [
        "transform", "model.h5", "half.h5", "--layer", "near", "--output", "half-out.h5",
      ]
      let half = try run(words, in: folder, status: hasStages ? 66 : 0)
      #expect(half.errors.contains("b is not there") == hasStages, "\(half.errors)")
    }
  }

  @Test("an output of a layer that has several is named by its number")
  func outputs() throws {
    try withTemporaryFolder { folder in
      var options = RecurrentOptions(units: 3)
      options.returnState = true
      let network = try Network(
        inputShape: [4, 2],
        layers: [
          NamedLayer("lstm", LSTM(options)),
          NamedLayer("end", Concatenate(), inputs: ["lstm", "lstm:1", "lstm:2"]),
        ])
      try (0..<network.parameterCount).map { Float($0 % 7) / 7 - 0.4 }.withUnsafeBufferPointer {
        try ModelFile.write(
          folder.appendingPathComponent("model.h5").path, network: network, parameters: $0,
          training: nil)
      }
      try File.replace(folder.appendingPathComponent("data.h5").path) { file in
        try file.root().createDataset("x", shape: [5, 4, 2], of: Float.self)
          .write((0..<40).map { Float($0 % 9) / 9 })
      }
      try run(["predict", "model.h5", "data.h5", "--output", "p.h5"], in: folder)
      let whole = try values("p.h5", "predictions", in: folder)
      let words = ["transform", "model.h5", "data.h5"]
      try run(words + ["--layer", "lstm:2", "--output", "c.h5"], in: folder)
      let cells = try values("c.h5", "features", in: folder)
      // Of the nine numbers of each row the last three.
      var expected: [Float] = []
      for row in 0..<5 { expected += whole[9 * row + 6..<9 * row + 9] }
      #expect(cells == expected)
      let refused = try run(
        words + ["--layer", "lstm:3", "--output", "d.h5"], in: folder, status: 65)
      #expect(refused.errors.contains("has the outputs 0 to 2"), "\(refused.errors)")
    }
  }

  @Test("--keep puts columns of a table beside features in HDF5", arguments: [nil, 2])
  func keep(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      func write(_ text: String, _ name: String) throws {
        try text.write(
          to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
      }
      try write("a,b\n" + (0..<40).map { "\($0),\($0 % 7)\n" }.joined(), "t.csv")
      try write(
        """
        data: {train: {file: t.csv, features: [a], target: b}}
        network: {layers: [{dense: {units: 2, name: code}}, {dense: {units: 1}}]}
        training: {loss: mse, optimizer: sgd, batch_size: 10, epochs: 1}
        output: {model: model.h5}
        """, "job.yaml")
      try run(["train", "job.yaml", "--quiet"], in: folder)
      try write("a,kind,count\n1,grün,7\nx,red,8\n3,\"b,lue\",9\n", "new.csv")
      let words = ["new.csv", "--keep", "kind,count"]
      for (command, own) in [("transform", ["--layer", "code"]), ("predict", [])] {
        try run(
          [command, "model.h5"] + words + own + ["--output", "\(command).h5"], ranks: ranks,
          in: folder)
        let file = try File(opening: folder.appendingPathComponent("\(command).h5").path)
        let kinds = try file.dataset("kind").readStrings()
        // The second row cannot be read.
        #expect(kinds == ["grün", "", "b,lue"])
        let counts = try file.dataset("count").readAll(as: Float.self)
        #expect(counts[0] == 7 && counts[1].isNaN && counts[2] == 9, "\(counts)")
      }
      let part = try run(
        ["transform", "model.h5"] + words
          + ["--layer", "code", "--rows", "1:3", "--output", "part.h5"],
        ranks: ranks, in: folder)
      #expect(part.status == 0)
      #expect(
        try File(opening: folder.appendingPathComponent("part.h5").path).dataset("kind")
          .readStrings() == ["", "b,lue"])
    }
  }

  @Test("--keep puts data sets of any shape and type beside features, of several files, too")
  func keepDatasets() throws {
    try withTemporaryFolder { folder in
      try run(["train", "job.yaml", "--quiet"], in: try SmallJob(in: folder).folder)
      for part in 0..<2 {
        try File.replace(folder.appendingPathComponent("part-\(part).h5").path) { file in
          let root = try file.root()
          try root.createDataset("features", shape: [30, 4], of: Float.self)
            .write([Float](repeating: 0.5, count: 120))
          let labels = try root.createDataset("labels", shape: [30], of: UInt8.self)
          try labels.write((0..<30).map { UInt8(30 * part + $0) })
          try labels.writeAttribute("class_names", ["red", "green", "blue"])
          try root.createDataset("more/wide", shape: [30, 2, 2], of: Int64.self)
            .write((0..<120).map { Int64(120 * part + $0) << 40 })
        }
      }
      let words = ["transform", "model.h5", "part-*.h5", "--layer", "dense"]
      for ranks in [nil, 2] as [Int?] {
        try run(
          words + ["--keep", "labels,more/wide", "--output", "out.h5", "--overwrite"],
          ranks: ranks, in: folder)
        let out = try File(opening: folder.appendingPathComponent("out.h5").path)
        let labels = try out.dataset("labels").readAll(as: UInt8.self)
        let type = try out.dataset("labels").elementType
        let names = try out.dataset("labels").stringsAttribute("class_names")
        #expect(labels == (0..<60).map { UInt8($0) } && type == .uint8)
        #expect(names == ["red", "green", "blue"])
        let shape = try out.dataset("more/wide").shape
        let wide = try out.dataset("more/wide").readAll(as: Int64.self)
        #expect(shape == [60, 2, 2] && wide == (0..<240).map { Int64($0) << 40 })
      }
      for (name, status, message) in [
        ("features", 64, "has a data set 'features' already"), ("lables", 66, "lables"),
        ("labels,labels", 64, "already"),
      ] as [(String, Int32, String)] {
        let failed = try run(
          words + ["--keep", name, "--output", "no.h5"], in: folder, status: status)
        #expect(failed.errors.contains(message), "\(failed.errors)")
      }
      let text = try run(words + ["--keep", "more/wide"], in: folder, status: 64)
      #expect(text.errors.contains("or write HDF5"), "\(text.errors)")
    }
  }
}

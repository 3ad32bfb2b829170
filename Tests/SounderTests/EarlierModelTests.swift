import Foundation
import HDF5
import TestSupport
import Testing

/// Model files that earlier versions wrote predict what they predicted then.
///
/// `Tests/Reference/model_files.sh` wrote the folders of `Tests/Fixtures/models`, one for each version.
@Suite("Model files of earlier versions")
struct EarlierModelTests {
  private static let folder = fixture("models")
  private let sounder = Program()

  /// All model files: `0.1.0-ced2943/stages`.
  private static let models: [String] = {
    var models: [String] = []
    let manager = FileManager.default
    for version in ((try? manager.contentsOfDirectory(atPath: folder.path)) ?? []).sorted() {
      let place = folder.appendingPathComponent(version).path
      for file in ((try? manager.contentsOfDirectory(atPath: place)) ?? []).sorted()
      where file.split(separator: ".").count == 2 && file.hasSuffix(".h5") {
        models.append("\(version)/\(file.dropLast(3))")
      }
    }
    return models
  }()

  /// The file of rows that a kind of model is for.
  private static func rows(_ model: String) -> String {
    let parts = model.split(separator: "/").map(String.init)
    let names = [
      "one_hot": "classes", "table": "mixed", "text": "notes", "sequence": "notes",
      "window": "notes",
    ]
    return folder.appendingPathComponent("\(parts[0])/\(names[parts[1]] ?? "prices").rows.h5").path
  }

  @Test("the folder has models of each kind")
  func complete() {
    for kind in [
      "stages", "one_hot", "autoencoder", "interval", "table", "text", "sequence", "window",
      "frozen",
    ] {
      #expect(Self.models.contains { $0.hasSuffix("/\(kind)") }, "\(Self.models)")
    }
  }

  @Test(
    "a model of an earlier version predicts the same, on any number of ranks", arguments: models)
  func predict(model: String) throws {
    let path = Self.folder.appendingPathComponent(model).path
    let options = model.hasSuffix("/interval") ? ["--std", "--interval", "0.9"] : []
    try withTemporaryFolder { folder in
      for ranks in [nil, 2] {
        let run = try sounder.run(
          ["predict", "\(path).h5", Self.rows(model), "--quiet", "--output", "p.h5", "--overwrite"]
            + options, ranks: ranks, in: folder)
        try #require(run.status == 0, "\(run.errors)")
        try expectSame("p.h5", as: "\(path).predictions.h5", in: folder)
      }
      // Layers whose output was written then; the file's name has the layer's.
      let name = URL(fileURLWithPath: path).lastPathComponent
      let parent = URL(fileURLWithPath: path).deletingLastPathComponent()
      for file in try FileManager.default.contentsOfDirectory(atPath: parent.path) {
        let parts = file.split(separator: ".").map(String.init)
        guard parts.count == 3, parts[0] == name, parts[1] != "predictions" else { continue }
        let run = try sounder.run(
          ["transform", "\(path).h5", Self.rows(model), "--layer", parts[1], "--quiet"]
            + ["--output", "layer.h5"], in: folder)
        try #require(run.status == 0, "\(run.errors)")
        try expectSame(
          "layer.h5", as: parent.appendingPathComponent(file).path, in: folder)
      }
      let inspect = try sounder.run(["inspect", "\(path).h5"], in: folder)
      #expect(inspect.status == 0 && inspect.output.contains("dense"), "\(inspect.output)")
    }
  }

  /// All data sets agree to 1e-5 of their largest number: processors round sums of floats differently.
  private func expectSame(_ file: String, as expected: String, in folder: URL) throws {
    let found = try File(opening: folder.appendingPathComponent(file).path)
    let earlier = try File(opening: expected)
    let names = try earlier.root().childNames()
    #expect(try found.root().childNames() == names)
    try #require(!names.isEmpty)
    for name in names {
      let old = try earlier.dataset(name).readAll(as: Float.self)
      let new = try found.dataset(name).readAll(as: Float.self)
      try #require(old.count == new.count && old.count >= 64, "\(name)")
      // Rows that are left out have no number then and now.
      let bound = 1e-5 * (old.map { abs($0) }.filter { !$0.isNaN }.max() ?? 0)
      for index in old.indices {
        #expect(
          abs(old[index] - new[index]) <= bound || old[index].isNaN && new[index].isNaN,
          "\(name) \(index): \(new[index]), and \(old[index]) then")
      }
    }
  }

  /// The files of `sounder fit`, which have no network.
  private static let pipelines = Set(models.compactMap { $0.split(separator: "/").first })
    .map { folder.appendingPathComponent("\($0)/fitted.pipeline.h5").path }
    .filter { FileManager.default.fileExists(atPath: $0) }.sorted()

  @Test("a pipeline of an earlier version makes the same of rows, alone and in a job")
  func fitted() throws {
    try #require(!Self.pipelines.isEmpty)
    for path in Self.pipelines {
      let place = URL(fileURLWithPath: path).deletingLastPathComponent()
      let rows = place.appendingPathComponent("notes.rows.h5").path
      let expected = place.appendingPathComponent("fitted.features.h5").path
      try withTemporaryFolder { folder in
        try """
        data:
          train:
            {file: \(rows), table: notes, features: [note, title, city, kind, load],
             target: price}
        pipeline: {file: \(path)}
        network: {layers: [{dense: {units: 1}}]}
        training:
          loss: mean_squared_error
          optimizer: {sgd: {learning_rate: 0.01}}
          batch_size: 16
          epochs: 1
        output: {model: model.h5}

        """.write(
          to: folder.appendingPathComponent("job.yaml"), atomically: true, encoding: .utf8)
        for (arguments, ranks) in [
          (["transform", path, rows, "--output", "alone.h5"], 2),
          (["train", "job.yaml"], 3), (["transform", "model.h5", rows, "--output", "job.h5"], nil),
        ] as [([String], Int?)] {
          let run = try sounder.run(arguments + ["--quiet"], ranks: ranks, in: folder)
          try #require(run.status == 0, "\(arguments): \(run.errors)")
        }
        for file in ["alone.h5", "job.h5"] { try expectSame(file, as: expected, in: folder) }
      }
    }
  }

  @Test("a training goes on from a checkpoint of an earlier version")
  func stopped() throws {
    let versions = Set(Self.models.compactMap { $0.split(separator: "/").first })
      .map { Self.folder.appendingPathComponent(String($0)) }
    let manager = FileManager.default
    var count = 0
    for version in versions {
      let files = ["stopped.yaml", "stopped.checkpoint.h5", "classes.rows.h5"]
        .map { version.appendingPathComponent($0) }
      guard files.allSatisfy({ manager.fileExists(atPath: $0.path) }) else { continue }
      count += 1
      try withTemporaryFolder { folder in
        for file in files {
          try manager.copyItem(at: file, to: folder.appendingPathComponent(file.lastPathComponent))
        }
        let run = try sounder.run(["train", "stopped.yaml"], in: folder)
        try #require(run.status == 0, "\(run.errors)")
        #expect(
          (run.output + run.errors).contains(
            "resuming from stopped.checkpoint.h5: epoch 12, 16 of its rows done"),
          "\(run.output) \(run.errors)")
        #expect(manager.fileExists(atPath: folder.appendingPathComponent("stopped.h5").path))
      }
    }
    #expect(count > 0)
  }

  @Test(
    "a file of a later version is refused, and says what to do",
    arguments: [
      ("sounder", "use a newer sounder"), ("sounder/pipeline", "use a newer sounder"),
      ("sounder/calibration", "calibrate the model again"),
    ])
  func later(group: String, advice: String) throws {
    let model = try #require(Self.models.first { $0.hasSuffix("/interval") })
    try withTemporaryFolder { folder in
      let copy = folder.appendingPathComponent("model.h5")
      try FileManager.default.copyItem(
        at: Self.folder.appendingPathComponent("\(model).h5"), to: copy)
      do {
        // Closed, and with it unlocked, before a command opens it.
        let file = try File(opening: copy.path, access: .readWrite)
        try file.group(group).writeAttribute("format_version", 99)
        try file.flush()
      }
      for command in ["predict", "evaluate"] {
        let run = try sounder.run([command, "model.h5", Self.rows(model)], in: folder)
        #expect(run.status == 65, "\(run.status) \(run.errors)")
        #expect(run.errorLines.count == 1, "\(run.errors)")
        for part in [group, "format version 99", advice] {
          #expect(run.errors.contains(part), "\(run.errors)")
        }
      }
    }
  }
}

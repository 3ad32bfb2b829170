import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

@Suite("sounder inspect")
struct InspectTests {
  private let sounder = Program()

  @Test("shows the tree of any HDF5 file")
  func tree() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try File.replace(path) { file in
        let x = try file.root().createDataset(
          "train/x", shape: [300, 4], of: UInt8.self, chunks: [256, 4], gzip: 4)
        try x.writeAttribute("unit", "cm")
      }
      let run = try sounder.run(["inspect", path])
      #expect(run.status == 0 && run.errors.isEmpty)
      #expect(
        run.output == """
          /
          └─ train/
             └─ x  uint8 [300, 4], chunks [256, 4], gzip 4, 0 bytes
                   @unit: "cm"

          """)
      let json = try Value(json: try sounder.run(["inspect", path, "--json"]).output)
      #expect(json["root"]?["kind"] == "group")
      #expect(json["model"] == nil)
    }
  }

  @Test("shows the layers of a model file with their parameters, and the total")
  func model() throws {
    let path = fixture("keras/k3-mlp.h5").path
    let lines = try sounder.run(["inspect", path]).output.split(separator: "\n").map(String.init)
    let table = try #require(lines.firstIndex { $0.hasPrefix("layer ") })
    let json = try Value(json: try sounder.run(["inspect", path, "--json"]).output)
    guard case .list(let layers) = json["model"]?["layers"]?.kind else {
      Issue.record("no layers")
      return
    }
    #expect(lines.count == table + 1 + layers.count + 1)
    let file = try File(opening: path)
    var total = 0
    let weights = try file.group("model_weights")
    for name in try weights.stringsAttribute("layer_names") {
      let group = try weights.group(name)
      var count = 0
      for weight in try group.stringsAttribute("weight_names") {
        count += try group.dataset(weight).shape.reduce(1, *)
      }
      total += count
      let layer = try #require(layers.first { $0["name"] == Value(.string(name)) })
      #expect(layer["parameters"] == Value(.int(count)))
      #expect(layer["output_shape"] != nil)
    }
    #expect(total > 0)
    #expect(json["model"]?["parameters"] == Value(.int(total)))
  }

  @Test("shows the layers of a model that cannot be trained here, and says so")
  func foreignModel() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("m.h5").path
      try File.replace(path) { file in
        try file.writeAttribute(
          "model_config",
          #"""
          {"class_name": "Sequential", "config": {"name": "m", "layers": [
            {"class_name": "InputLayer",
             "config": {"batch_input_shape": [null, 20, 4, 1], "name": "i"}},
            {"class_name": "ConvLSTM1D", "config": {"name": "c"}}]}}
          """#)
        _ = try file.root().createGroup("model_weights")
      }
      let run = try sounder.run(["inspect", path])
      #expect(run.status == 0)
      #expect(run.output.contains("ConvLSTM1D"))
      #expect(run.output.contains("total parameters:"))
      #expect(run.output.contains("note: "))
    }
  }

  @Test("a model whose shapes nobody can count is shown with a note, without a crash")
  func uncountable() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("m.h5").path
      try File.replace(path) { file in
        try file.writeAttribute(
          "model_config",
          #"""
          {"class_name": "Sequential", "config": {"name": "m", "layers": [
            {"class_name": "InputLayer",
             "config": {"batch_input_shape": [null, 4611686018427387904, 4], "name": "i"}},
            {"class_name": "Flatten", "config": {"name": "f"}}]}}
          """#)
      }
      let run = try sounder.run(["inspect", path])
      #expect(run.status == 0, "\(run.status) \(run.errors)")
      #expect(run.output.contains("note: samples of the shape"), "\(run.output)")
    }
  }

  @Test("has no --quiet, since it prints nothing but its result")
  func notQuiet() throws {
    let run = try sounder.run(["inspect", fixture("keras/k3-mlp.h5").path, "--quiet"])
    #expect(run.status == ExitCode.usage && run.errorLines.count == 1, "\(run.errors)")
  }

  @Test(
    "what is no HDF5 file is one line and a code",
    arguments: [
      ("none.h5", 66, "no such file"), ("text.h5", 65, "is not an HDF5 file"),
      ("cut.h5", 65, "is truncated"), (".", 65, "is a folder"),
    ] as [(String, Int32, String)])
  func faults(name: String, code: Int32, words: String) throws {
    try withTemporaryFolder { folder in
      try Data("hello".utf8).write(to: folder.appendingPathComponent("text.h5"))
      try Data(contentsOf: fixture("keras/k3-conv1d.h5")).prefix(9000)
        .write(to: folder.appendingPathComponent("cut.h5"))
      let run = try sounder.run(["inspect", name], in: folder)
      #expect(run.status == code, "\(run.errors)")
      #expect(run.errorLines.count == 1 && run.errors.contains(words), "\(run.errors)")
    }
  }
}

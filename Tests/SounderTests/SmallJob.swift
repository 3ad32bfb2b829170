import Foundation
import HDF5

/// A training that takes a blink: 120 rows of 4 features, three classes that a small network tells
/// apart.
struct SmallJob {
  /// Where its files are.
  let folder: URL
  static let rowCount = 120

  /// Writes `data.h5` and `job.yaml` into `folder`.
  init(in folder: URL, epochs: Int = 3) throws {
    self.folder = folder
    try writeData("data.h5")
    try Self.text(epochs: epochs).write(to: url("job.yaml"), atomically: true, encoding: .utf8)
  }

  /// A file of the folder.
  func url(_ name: String) -> URL { folder.appendingPathComponent(name) }

  /// The file's bytes; nil when there is none.
  func bytes(_ name: String) -> Data? { try? Data(contentsOf: url(name)) }

  /// The names of all files of the folder.
  var files: Set<String> {
    Set((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
  }

  /// Replaces a piece of the job file, which must be there.
  func edit(_ old: String, _ new: String) throws {
    let text = try String(contentsOf: url("job.yaml"), encoding: .utf8)
    guard text.contains(old) else { throw CocoaError(.fileReadCorruptFile) }
    try text.replacingOccurrences(of: old, with: new)
      .write(to: url("job.yaml"), atomically: true, encoding: .utf8)
  }

  static func text(epochs: Int) -> String {
    """
    data:
      train: {file: data.h5, features: features, target: labels}
      validation: {file: data.h5, features: features, target: labels}
    network:
      layers:
        - dense: {units: 8, activation: tanh}
        - dense: {units: 3, activation: softmax}
    training:
      loss: sparse_categorical_crossentropy
      optimizer:
        adam: {learning_rate: 0.05}
      metrics: [accuracy]
      batch_size: 10
      epochs: \(epochs)
    output:
      model: model.h5

    """
  }

  /// Row `i` belongs to class i mod 3; a feature is larger where its number is the class.
  static func features(rowCount: Int = rowCount) -> [Float] {
    (0..<rowCount * 4).map { index in
      let (row, column) = (index / 4, index % 4)
      return (row % 3 == column ? 1 : 0) + Float((row * 7 + column * 3) % 10) / 25
    }
  }

  static func labels(rowCount: Int = rowCount) -> [UInt8] { (0..<rowCount).map { UInt8($0 % 3) } }

  /// Writes features and labels, changed by the caller on the way.
  func writeData(
    _ name: String, rowCount: Int = rowCount, labelCount: Int? = nil,
    classNames: [String]? = ["red", "green", "blue"],
    change: (inout [Float], inout [UInt8]) -> Void = { _, _ in }
  ) throws {
    var features = Self.features(rowCount: rowCount)
    var labels = Self.labels(rowCount: labelCount ?? rowCount)
    change(&features, &labels)
    try? FileManager.default.removeItem(at: url(name))
    let file = try File(creating: url(name).path)
    let root = try file.root()
    try root.createDataset("features", shape: [rowCount, 4], of: Float.self).write(features)
    try root.createDataset("labels", shape: [labels.count], of: UInt8.self).write(labels)
    if let classNames { try root.writeAttribute("class_names", classNames) }
    try file.flush()
  }

  /// Adds a file without targets whose rows are `width` numbers wide.
  func writeInputs(_ name: String, width: Int) throws {
    let file = try File(creating: url(name).path)
    try file.root().createDataset("inputs", shape: [3, width], of: Float.self)
      .write([Float](repeating: 0, count: 3 * width))
    try file.flush()
  }

  /// Replaces a piece of a model file's `model_config`, which must be there.
  func editModel(_ name: String, _ old: String, _ new: String) throws {
    try change(name) { root in
      let text = try root.stringAttribute("model_config")
      guard text.contains(old) else { throw CocoaError(.fileReadCorruptFile) }
      try root.writeAttribute("model_config", text.replacingOccurrences(of: old, with: new))
    }
  }

  /// Opens a file, `data.h5` unless named, to add something.
  func change(_ name: String = "data.h5", _ body: (borrowing Group) throws -> Void) throws {
    let file = try File(opening: url(name).path, access: .readWrite)
    try body(try file.root())
    try file.flush()
  }
}

import Configuration
import Foundation
import HDF5
import NN
import Testing

/// What Keras computed with single layers: Tests/Reference/layers.py.
@Suite("Layers beside Keras")
struct LayerReferenceTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/layers")

  /// One layer of one of the files.
  struct Case: Sendable, CustomTestStringConvertible {
    let file: String
    let name: String
    var testDescription: String { name }
  }

  static let cases: [Case] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.sorted().flatMap { name -> [Case] in
      let path = folder.appendingPathComponent(name).path
      guard let file = try? File(opening: path), let root = try? file.root() else { return [] }
      return root.childNames().map { Case(file: path, name: $0) }
    }
  }()

  @Test("Every layer of the registry has numbers of Keras")
  func complete() throws {
    var kinds = Set<String>()
    for reference in Self.cases {
      let file = try File(opening: reference.file)
      let network = try Self.network(try file.group(reference.name))
      for layer in network.layers { kinds.insert(type(of: layer.configuration).name) }
    }
    // What Keras has no class for has tests of its own.
    for type in LayerRegistry.all where !type.kerasClass.hasPrefix("sounder>") {
      #expect(kinds.contains(type.name), "add \(type.name) to a family of Tests/Reference")
    }
  }

  // Sums of some hundred products of numbers of about 1, in another order: 1e-5 of the largest. After
  // 20 steps the differences of each have been passed on by the next: ten times as much.
  @Test("Predictions, gradients and 20 steps of training are Keras'", arguments: cases)
  func reference(_ reference: Case) throws {
    let file = try File(opening: reference.file)
    let group = try file.group(reference.name)
    let network = try Self.network(group)
    let arrays = network.layers.filter { $0.sharing == nil }.flatMap(\.parameters)
    var parameters = [Float](repeating: 0, count: network.parameterCount)
    for (index, array) in arrays.enumerated() {
      let values = try group.dataset("before/\(index)").readAll(as: Float.self)
      try #require(values.count == array.range.count)
      parameters.replaceSubrange(array.range, with: values)
    }
    var gradient = [Float](repeating: .nan, count: max(1, network.parameterCount))
    try parameters.withUnsafeMutableBufferPointer { parameters in
      try gradient.withUnsafeMutableBufferPointer { gradient in
        let nothing = UnsafeMutablePointer<Float>.allocate(capacity: 1)
        defer { nothing.deallocate() }
        let executor = try Executor(
          network, batchSize: 4, losses: network.outputs.map { _ in Loss(.meanSquaredError) },
          parameters: parameters.baseAddress ?? nothing, gradient: gradient.baseAddress)
        try fill(executor.features, try group.dataset("x").readAll(as: Float.self))
        try fill(executor.targets, try group.dataset("t").readAll(as: Float.self))
        executor.forward()
        let y = try group.dataset("y").readAll(as: Float.self)
        #expect(Self.difference(Array(executor.outputs), y) < 1e-5, "prediction")
        guard group.contains("losses") else { return }
        let rate = Float(try group.numberAttribute("rate"))
        let losses = try group.dataset("losses").readAll(as: Double.self)
        for (step, expected) in losses.enumerated() {
          let loss = executor.step(seed: 1, step: UInt64(step + 1))
          #expect(abs(loss - expected) < 1e-5 * max(1, abs(expected)), "loss of step \(step + 1)")
          if step == 0 {
            var place = 0
            for array in arrays where array.isTrained {
              let values = try group.dataset("gradient/\(place)").readAll(as: Float.self)
              let own = Array(gradient[array.range])
              #expect(Self.difference(own, values) < 1e-5, "gradient of \(array.name)")
              place += 1
            }
          }
          for i in 0..<network.trainedCount { parameters[i] -= rate * gradient[i] }
          for i in network.trainedCount..<network.parameterCount { parameters[i] += gradient[i] }
        }
        for (index, array) in arrays.enumerated() {
          let values = try group.dataset("after/\(index)").readAll(as: Float.self)
          let own = Array(parameters[array.range])
          #expect(Self.difference(own, values) < 1e-4, "\(array.name) after 20 steps")
        }
      }
    }
  }

  private static func network(_ group: borrowing Group) throws -> Network {
    try Network(kerasModelConfig: try Value(json: try group.stringAttribute("model")))
  }

  private func fill(
    _ buffer: UnsafeMutableBufferPointer<Float>, _ values: [Float]
  ) throws {
    try #require(buffer.count == values.count)
    for i in values.indices { buffer[i] = values[i] }
  }

  /// The largest difference, relative to the largest of the expected numbers, or to 1.
  private static func difference(_ own: [Float], _ expected: [Float]) -> Float {
    guard own.count == expected.count else { return .infinity }
    let size = max(1, expected.map(abs).max() ?? 0)
    var worst: Float = 0
    for (a, b) in zip(own, expected) where !(abs(a - b) / size <= worst) {
      worst = abs(a - b) / size
      if worst.isNaN { return .infinity }
    }
    return worst
  }
}

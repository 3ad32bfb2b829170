import Foundation
import HDF5
import TestSupport
import Testing

/// Signals that come while generated code computes: their frames must not harm its memory.
@Suite("Stopping a training", .serialized)
struct StopTests {
  @Test("a stop at any moment of a large network's step ends with a checkpoint")
  func moments() throws {
    try withTemporaryFolder { folder in
      try File.replace(folder.appendingPathComponent("data.h5").path) { file in
        let root = try file.root()
        let pixels = (0..<2048 * 784).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        try root.createDataset("x", shape: [2048, 784], of: UInt8.self).write(pixels)
        try root.createDataset("y", shape: [2048], of: UInt8.self)
          .write((0..<2048).map { UInt8($0 % 10) })
      }
      try """
      data: {train: {file: data.h5, features: x, target: y}}
      pipeline: {features: [{scale: {factor: 1/255}}]}
      network:
        layers:
          - dense: {units: 256, activation: relu}
          - dense: {units: 256, activation: relu}
          - dense: {units: 10, activation: softmax}
      training:
        loss: sparse_categorical_crossentropy
        optimizer: {sgd: {learning_rate: 0.001}}
        batch_size: 128
        epochs: 1000000
      output: {model: model.h5}
      """.write(to: folder.appendingPathComponent("job.yaml"), atomically: true, encoding: .utf8)
      for stop in 0..<8 {
        let running = try Program().start(["train", "job.yaml", "--fresh"], in: folder)
        #expect(running.waitForErrors(containing: "epoch 1/"))
        usleep(UInt32(10_000 + 7_001 * stop))
        running.send(SIGTERM)
        let run = running.wait(timeoutSeconds: 60)
        #expect(run.status == 75, "\(run.status): \(run.errors.suffix(300))")
      }
    }
  }
}

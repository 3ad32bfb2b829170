import Configuration
import Distributed
import Foundation
import NN
import TestSupport
import Testing

@Suite("Random layers across a resume", .serialized)
struct NoiseResumeTests {
  @Test("each worker draws masks of its own, the same on a rerun")
  func workers() throws {
    let network = try Network(
      inputShape: [32], layers: [NamedLayer(nil, Dropout(rate: 0.5))])
    func mask(worker: Int) throws -> [Float] {
      var none: [Float] = [0]
      return try none.withUnsafeMutableBufferPointer { parameters in
        let executor = try Executor(
          network, batchSize: 4, loss: nil, parameters: try #require(parameters.baseAddress),
          gradient: nil)
        executor.features.update(repeating: 1)
        executor.sample(seed: TrainingConfiguration.noiseSeed(1, worker: worker), step: 3)
        return Array(executor.outputs)
      }
    }
    let masks = try (0..<8).map { try mask(worker: $0) }
    for a in 0..<8 {
      #expect(try mask(worker: a) == masks[a])
      for b in 0..<a { #expect(masks[a] != masks[b]) }
    }
  }

  @Test(
    "masks and noise go on where they were: the same parameters to the bit",
    arguments: [
      "- dropout: {rate: 0.3}", "- gaussian_noise: {stddev: 0.2}",
      "- gaussian_dropout: {rate: 0.3}",
      "- reshape: {target_shape: [4, 4]}\n    - spatial_dropout1d: {rate: 0.3}\n    - flatten",
      "- reshape: {target_shape: [4, 4]}\n    - lstm: {units: 5, dropout: 0.2, "
        + "recurrent_dropout: 0.2}",
      "- reshape: {target_shape: [4, 4]}\n    - multi_head_attention: {num_heads: 2, key_dim: 2, "
        + "dropout: 0.3}\n    - flatten",
    ], [0, 1])
  func same(layers: String, workers: Int) throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, layers: [layers])
      let settings = ["training.epochs=3"]
      let whole = try job.train(workers: workers, settings)
      let other = try job.train(workers: workers, settings + ["training.seed=2"])
      #expect(other.hash != whole.hash)
      // Behind the first epoch; then inside the second one: 94 steps an epoch.
      _ = try job.train(workers: workers, settings, lastStep: 1, expecting: 75)
      _ = try job.train(
        workers: workers, settings, fault: "rank=\(workers),step=41,kind=signal", expecting: 75)
      let resumed = try job.train(workers: workers, settings)
      #expect(resumed.hash == whole.hash)
      #expect(resumed.result["val_loss"] == whole.result["val_loss"])
    }
  }
}

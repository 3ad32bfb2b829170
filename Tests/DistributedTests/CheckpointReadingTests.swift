import Configuration
import Distributed
import Foundation
import HDF5
import NN
import Pipeline
import TestSupport
import Testing

@Suite("Reading checkpoints")
struct CheckpointReadingTests {
  @Test("of the numbers of a checkpoint only those are read that are asked for")
  func numbers() throws {
    try withTemporaryFolder { folder in
      let job = try CloudJob(in: folder, rows: 600)
      // 19 steps an epoch.
      _ = try job.train(
        workers: 0, ["output.weights=best", "distribution.mode=easgd"],
        fault: "rank=0,step=45,kind=signal", expecting: 75)
      let text = try String(contentsOfFile: job.file, encoding: .utf8)
      let training = try TrainingJob(value: try Value(yaml: text, file: "job.yaml"))
      let network = try TrainedModel(reading: job.checkpoint).network
      let identity = try File(opening: job.checkpoint).group("sounder/checkpoint")
        .stringAttribute("identity")
      func read(_ identity: String?, _ numbers: Checkpoint.Numbers) throws -> Checkpoint {
        try Checkpoint(
          reading: job.checkpoint, identity: identity, network: network, job: training,
          shuffle: Shuffle(rowCount: 600, blockRowCount: 1, windowRowCount: 600, seed: 1),
          numbers: numbers)
      }
      let whole = try read(identity, .all)
      for kinds in 0..<16 {
        let numbers = Checkpoint.Numbers(rawValue: kinds)
        let part = try read(identity, numbers)
        #expect(part.epoch == 3 && part.snapshot.updateCount == whole.snapshot.updateCount)
        #expect(
          part.snapshot.parameters.count
            == (numbers.contains(.parameters) ? network.parameterCount : 0))
        #expect(
          part.snapshot.state.count == (numbers.contains(.state) ? 2 * network.parameterCount : 0))
        #expect(
          part.snapshot.own?.numbers.isEmpty == (numbers.contains(.own) ? false : nil))
        // That the best epoch's are kept is known in any case.
        #expect(
          part.best?.parameters.count == (numbers.contains(.best) ? network.parameterCount : 0))
        // Another training's, too, is read in parts.
        let adopted = try read(nil, numbers)
        #expect(adopted.snapshot.state == part.snapshot.state && adopted.snapshot.own == nil)
      }
      #expect(try read(identity, .parameters).snapshot.parameters == whole.snapshot.parameters)
    }
  }
}

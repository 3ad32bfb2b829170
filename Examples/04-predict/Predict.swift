// A model file is written, read again, and predicts rows that the ranks share.
//
//   mpirun -n 3 .build/release/04-predict

import Distributed
import Foundation
import HDF5
import NN
import Pipeline

@main
struct Predict {
  static func main() {
    exit(
      Session.run { world in
        let folder = FileManager.default.temporaryDirectory.path
        let name = "\(folder)/sounder-predict-\(try world.allReduce(Int(getpid()), .minimum))"
        let (model, data, output) = (name + ".model.h5", name + ".data.h5", name + ".csv")
        if world.rank == 0 { try write(model, data) }
        try world.barrier()

        let rows = try Predictor(
          TrainedModel(reading: model),
          source: DataSource(file: data, features: "numbers", target: nil), batchSize: 4
        ).run(on: world, output: output)

        if world.rank == 0 {
          print("\(rows) rows predicted")
          print(try String(contentsOfFile: output, encoding: .utf8), terminator: "")
          for file in [model, data, output] { try FileManager.default.removeItem(atPath: file) }
        }
        return 0
      })
  }

  /// A network that doubles numbers, and numbers.
  static func write(_ model: String, _ data: String) throws {
    let network = try Network(
      name: "doubling", inputShape: [1], layers: [NamedLayer("double", Dense(units: 1))])
    let parameters: [Float] = [2, 0]  // kernel, bias
    try parameters.withUnsafeBufferPointer {
      try ModelFile.write(model, network: network, parameters: $0, training: nil)
    }
    try File.replace(data) { file in
      try file.root().createDataset("numbers", shape: [10, 1], of: Float.self)
        .write((0..<10).map { Float($0) / 4 })
    }
  }
}

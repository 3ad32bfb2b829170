// A variational autoencoder: trained on pictures, its decoder alone draws new ones onto a sheet.
//
//   mpirun -n 3 .build/release/08-vae                     # small pictures, made here
//   mpirun -n 3 .build/release/08-vae vae.png data/fashion-mnist.h5 train/features
//
// The loss is the negative bound on the evidence (Kingma and Welling 2014): the likelihood of a picture
// under the decoder's Bernoulli distributions, and the divergence of the code from a normal distribution,
// which the layer `normal_sampling` adds.

import Configuration
import Distributed
import Foundation
import HDF5
import NN

@main
struct VAE {
  /// What is trained on, how, and what is written.
  struct Plan {
    var data: String
    var features = "pictures"
    var units = 64, code = 4, epochs = 30, rate = 0.005, batch = 32
    var sheet: String
    let model: String
    var decoder: String
    /// The files that nobody asked for.
    var leftovers: [String]
  }

  static func main() {
    exit(
      Session.run(reading: CommandLine.arguments.dropFirst(2).prefix(1).map { $0 }) { world in
        let folder = FileManager.default.temporaryDirectory.path
        let name = "\(folder)/sounder-vae-\(try world.allReduce(Int(getpid()), .minimum))"
        let plan = try plan(name, CommandLine.arguments)
        if world.rank == 0, plan.features == "pictures" { try writeBars(plan.data) }
        try world.barrier()

        let report = try Trainer(try job(plan)).run(on: world, observer: Silence())
        // A training that was stopped has left a checkpoint and no model.
        guard report.outcome == .finished else { return report.exitCode }
        if world.rank == 0, let first = report.history.first, let last = report.history.last,
          let begin = first["loss"], let end = last["loss"]
        {
          print("\(last.epoch) epochs, the bound on the evidence rose: \(end < begin)")
          try writeDecoder(of: plan.model, to: plan.decoder)
          let png = try sheet(of: plan.decoder, pictureShape(plan))
          try png.encoded().write(to: URL(fileURLWithPath: plan.sheet))
          print("64 pictures from the decoder alone on a sheet of \(png.width) x \(png.height)")
          for file in plan.leftovers { try FileManager.default.removeItem(atPath: file) }
        }
        try world.barrier()
        return report.exitCode
      })
  }

  static func plan(_ name: String, _ arguments: [String]) throws -> Plan {
    let model = name + ".model.h5"
    var plan = Plan(
      data: name + ".data.h5", sheet: name + ".png", model: model, decoder: name + ".decoder.h5",
      leftovers: [model])
    if arguments.count > 1 {
      plan.sheet = arguments[1]
      plan.decoder = arguments[1] + ".decoder.h5"
    } else {
      plan.leftovers += [plan.sheet, plan.decoder]
    }
    if arguments.count > 3 {
      plan.data = arguments[2]
      plan.features = arguments[3]
      (plan.units, plan.code, plan.epochs, plan.rate, plan.batch) = (512, 16, 20, 0.001, 128)
    } else {
      plan.leftovers.append(plan.data)
    }
    return plan
  }

  static func pictureShape(_ plan: Plan) throws -> [Int] {
    Array(try File(opening: plan.data).dataset(plan.features).shape.dropFirst())
  }

  static func job(_ plan: Plan) throws -> TrainingJob {
    let pixels = try pictureShape(plan).reduce(1, *)
    func dense(
      _ units: Int, _ activation: String, name: String, inputs: String? = nil
    ) -> Value {
      var options: [Value.Entry] = [
        .init("units", Value(.int(units))), .init("activation", Value(.string(activation))),
        .init("name", Value(.string(name))),
      ]
      if let inputs { options.append(.init("inputs", Value(.string(inputs)))) }
      return ["dense": Value(.map(options))]
    }
    let layers: [Value] = [
      "flatten", dense(plan.units, "relu", name: "encoder"),
      dense(plan.code, "linear", name: "mean"),
      dense(plan.code, "linear", name: "log_variance", inputs: "encoder"),
      ["normal_sampling": ["inputs": ["mean", "log_variance"], "name": "code"]],
      dense(plan.units, "relu", name: "decoder"), dense(pixels, "linear", name: "logits"),
    ]
    let scale: Value = ["scale": ["factor": "1/255"]]
    return try TrainingJob(value: [
      "data": [
        "train": [
          "file": Value(.string(plan.data)), "features": Value(.string(plan.features)),
          "target": Value(.string(plan.features)),
        ]
      ],
      "pipeline": ["features": [scale], "target": [scale]],
      "network": ["layers": Value(.list(layers))],
      "training": [
        "loss": ["negative_log_likelihood": ["distribution": "bernoulli"]],
        "optimizer": ["adam": ["learning_rate": Value(.number(plan.rate))]],
        "batch_size": Value(.int(plan.batch)), "epochs": Value(.int(plan.epochs)),
      ],
      "output": ["model": Value(.string(plan.model))],
    ])
  }

  /// The layers behind the code as a model file of their own, which Keras opens, too.
  static func writeDecoder(of model: String, to path: String) throws {
    let (network, parameters) = try ModelFile.read(model)
    let decoder = try network.part(after: "code")
    try network.parameters(of: decoder, from: parameters).withUnsafeBufferPointer {
      try ModelFile.write(path, network: decoder, parameters: $0, training: nil)
    }
  }

  /// 8 x 8 pictures of normal random codes, decoded by the model file at `path`.
  static func sheet(of path: String, _ shape: [Int]) throws -> PNG {
    let (network, stored) = try ModelFile.read(path)
    var parameters = stored
    let (height, width) = (shape[0], shape[1])
    var png = PNG(width: 8 * (width + 1) + 1, height: 8 * (height + 1) + 1)
    try parameters.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      let executor = try Executor(
        network, batchSize: 64, loss: nil, parameters: start, gradient: nil)
      var generator = RandomGenerator(seed: 2014)
      for i in executor.features.indices { executor.features[i] = Float(generator.normal()) }
      executor.forward()
      for picture in 0..<64 {
        for place in 0..<width * height {
          let row = picture / 8 * (height + 1) + 1 + place / width
          let column = picture % 8 * (width + 1) + 1 + place % width
          // The probability of a bright pixel, from its logit.
          let brightness = 1 / (1 + exp(-executor.outputs[picture * width * height + place]))
          png.pixels[row * png.width + column] = UInt8(255 * brightness)
        }
      }
    }
    return png
  }

  /// 960 pictures of 8 x 8 with a bright bar in one of 16 places.
  static func writeBars(_ path: String) throws {
    var pixels = [UInt8](repeating: 0, count: 960 * 64)
    for picture in 0..<960 {
      let bar = picture * 7 % 16
      for place in 0..<8 {
        let pixel = bar < 8 ? bar * 8 + place : place * 8 + bar - 8
        pixels[picture * 64 + pixel] = 255
      }
    }
    try File.replace(path) { file in
      try file.root().createDataset("pictures", shape: [960, 8, 8], of: UInt8.self).write(pixels)
    }
  }
}

/// An observer that says nothing.
final class Silence: TrainingObserver {
  func note(_ line: String) {}
  func progress(_ progress: TrainingProgress) {}
  func epochEnded(_ record: EpochRecord) {}
}

// A small transformer learns to write on: at each character of a text it predicts the next.
//
//   mpirun -n 3 .build/release/07-text [--epochs 20] [--sample 400] [docs/*.md]
//
// Without files it reads sentences of a small grammar. The measure is the perplexity of the
// characters that were kept from training, beside that of guessing by frequency alone.

import Configuration
import Distributed
import Foundation
import HDF5
import NN

@main
struct Text {
  static func main() {
    let settings = Settings(CommandLine.arguments.dropFirst().map { $0 })
    exit(
      Session.run { world in
        let corpus = try Corpus(files: settings.files)
        let folder = FileManager.default.temporaryDirectory.path
        let name = "\(folder)/sounder-text-\(try world.allReduce(Int(getpid()), .minimum))"
        let (data, model) = (name + ".data.h5", name + ".model.h5")
        if world.rank == 0 { try corpus.write(to: data) }
        try world.barrier()
        let observer = Lines(isShown: world.rank == 0 && settings.sampleLength > 0)
        let job = try job(corpus, data, model, epochs: settings.epochCount)
        let report = try Trainer(job).run(on: world, observer: observer)
        if world.rank == 0, let loss = report.history.last?["val_loss"] {
          let perplexity = exp(loss)
          print(
            "\(corpus.vocabulary.count) different characters, perplexity below half of guessing by"
              + " frequency: \(perplexity < corpus.frequencyPerplexity / 2)")
          if settings.sampleLength > 0 {
            print(
              "perplexity \(round(perplexity * 100) / 100), by frequency"
                + " \(round(corpus.frequencyPerplexity * 100) / 100)")
            print(try corpus.sample(settings.sampleLength, from: model))
          }
          for file in [data, model] { try FileManager.default.removeItem(atPath: file) }
        }
        return report.exitCode
      })
  }

  static func job(
    _ corpus: Corpus, _ data: String, _ model: String, epochs: Int
  ) throws -> TrainingJob {
    let count = Value(.int(corpus.vocabulary.count))
    let block: Value = [
      "transformer_encoder": [
        "num_heads": 4, "intermediate_dim": 128, "normalize_first": true,
        "use_causal_mask": true, "activation": "gelu",
      ]
    ]
    func source(_ part: String) -> Value {
      [
        "file": Value(.string(data)), "features": Value(.string("\(part)/characters")),
        "target": Value(.string("\(part)/next")),
      ]
    }
    return try TrainingJob(value: [
      "data": ["train": source("train"), "validation": source("validation")],
      "network": [
        "layers": [
          ["embedding": ["input_dim": count, "output_dim": 64]], "position_encoding", block, block,
          "layer_normalization", ["dense": ["units": count, "activation": "softmax"]],
        ]
      ],
      "training": [
        "loss": "sparse_categorical_crossentropy",
        "optimizer": ["adamw": ["learning_rate": 0.003, "global_clipnorm": 1.0]],
        "batch_size": 16, "epochs": Value(.int(epochs)), "seed": 1,
      ],
      "output": ["model": Value(.string(model))],
    ])
  }
}

/// What the command line says.
struct Settings {
  var epochCount = 6
  var sampleLength = 0
  var files: [String] = []

  init(_ words: [String]) {
    var words = words[...]
    while let word = words.popFirst() {
      switch word {
      case "--epochs": epochCount = words.popFirst().flatMap { Int($0) } ?? epochCount
      case "--sample": sampleLength = words.popFirst().flatMap { Int($0) } ?? sampleLength
      default: files.append(word)
      }
    }
  }
}

/// An observer that shows the epochs.
final class Lines: TrainingObserver {
  let isShown: Bool
  init(isShown: Bool) { self.isShown = isShown }
  func note(_ line: String) {}
  func progress(_ progress: TrainingProgress) {}
  func epochEnded(_ record: EpochRecord) {
    guard isShown, let loss = record["val_loss"] else { return }
    print("epoch \(record.epoch): perplexity \(round(exp(loss) * 100) / 100)")
  }
}

internal import Configuration
private import Distributed
private import HyperOpt
private import NN

extension FuzzTarget {
  /// Texts: job files, the JSON of Keras' models, journals.
  static let configuration = [
    FuzzTarget(name: "yaml") { bytes in
      var value = try Value(yaml: text(bytes), file: "job.yaml")
      try? value.apply(override: "training.optimizer.adam.learning_rate=0.5")
      if SearchJob.isSearch(value) { _ = try SearchJob(value: value) }
      _ = try TrainingJob(value: try SearchJob.defaultValue(value))
    },
    FuzzTarget(name: "keras") { bytes in
      let network = try Network(kerasModelConfig: try Value(json: text(bytes)))
      _ = try? network.kerasModelConfig().json
    },
    FuzzTarget(name: "journal") { bytes in
      let study = try Study(opening: InputFile.write(bytes))
      _ = StudySummary(
        history: study.history, objectives: study.settings.metricNames, trialLimit: nil, now: 0)
    },
  ]

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes, as: UTF8.self)
  }
}

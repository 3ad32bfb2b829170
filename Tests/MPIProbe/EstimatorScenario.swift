import Configuration
import Distributed
import Foundation
import HyperOpt
import NN
import Pipeline

/// Every kind of estimator, and pipelines of them, through all that an estimator is for: a fit, the outputs of all
/// rows, a cross validation and a study.
enum EstimatorScenario {
  /// `paths`: a table of flowers with four numbers and `species`, one of 64 pixels and `digit`, and a model of Keras
  /// that reads 64 numbers and has a layer `code`.
  static func run(_ paths: [String], on world: borrowing Communicator) throws {
    let flowers = try Table(paths[0], on: world)
    var settings = NetworkSettings()
    (settings.batchSize, settings.epochs, settings.seed) = (16, 3, 2)
    func told<E: NetworkEstimator>(_ estimator: E) -> E { estimator.with(\.settings, settings) }

    let autoencoder = told(NetworkAutoencoder(width: 2))
    let codes = try fit("codes", autoencoder, flowers, on: world)
    try codes.save(to: "codes.h5", on: world)
    try validate(flowers, on: world) { autoencoder.with(\.learningRate, $0) }

    let classifier = told(NetworkClassifier(label: "species"))
    let classes = try fit("classes", classifier, flowers, on: world)
    try MPIProbe.require(classes.classNames.count == 3, "three species")
    try validate(flowers, on: world) { classifier.with(\.learningRate, $0) }
    let regressor = told(NetworkRegressor(label: "petal_length")).with(\.dropped, ["species"])
    _ = try fit("lengths", regressor, flowers, on: world)
    try validate(flowers, on: world) { regressor.with(\.learningRate, $0) }

    let code = try codes.model.part(endingAt: "bottleneck").parameters
    for frozen in [PretrainedLayers.Frozen.all, .nothing] {
      let pipeline = Pipeline(stages: [
        Standardize(), PretrainedLayers("codes.h5", until: "bottleneck", frozen: frozen),
        classifier.with(\.layers, []),
      ])
      let model = try fit("\(frozen)", pipeline, flowers, on: world).model
      if frozen == .all {
        try MPIProbe.require(model.network.frozen == code, "frozen weights are the file's")
      } else {
        let own = try model.part(endingAt: "bottleneck").parameters
        try MPIProbe.require(
          model.network.frozenCount == 0 && own.count == code.count && own != code,
          "weights that are trained further are others")
      }
      try validate(flowers, on: world) { pipeline.with(\.learningRate, $0) }
    }
    try keras(paths[1], paths[2], on: world)
  }

  /// A network of Keras makes features of pixels.
  private static func keras(
    _ digits: String, _ base: String, on world: borrowing Communicator
  ) throws {
    let pipeline = Pipeline(stages: [
      Scale(factor: 1 / 16), PretrainedLayers(base, until: "code", frozen: .all),
      NetworkClassifier(label: "digit", layers: [Dense(units: 8)], epochs: 1),
    ])
    let model = try pipeline.fit(try Table(digits, on: world), on: world).model
    let (whole, parameters) = try ModelFile.read(base)
    let code = whole.parameters(of: try whole.part(endingAt: "code"), from: parameters)
    try MPIProbe.require(model.network.frozen == code, "frozen weights are those of Keras")
  }

  /// Fits, and writes what the model gives for all rows to `NAME.csv`.
  private static func fit(
    _ name: String, _ estimator: some TableEstimator, _ table: Table,
    on world: borrowing Communicator
  ) throws -> PipelineModel {
    let model = try estimator.fit(table, on: world)
    try MPIProbe.require(!model.history.isEmpty, "\(name): epochs")
    let rowCount = try model.transform(table, to: "\(name).csv", on: world)
    if world.rank == 0 {
      let lines = try String(contentsOfFile: "\(name).csv", encoding: .utf8).split(separator: "\n")
      try MPIProbe.require(
        rowCount == 75 && lines.count == 76 && !lines.contains { $0.contains("nan") },
        "\(name): 75 rows, \(rowCount) and \(lines.count) lines")
    }
    return model
  }

  /// Measures on two parts, and tries two learning rates.
  private static func validate<E: TableEstimator>(
    _ table: Table, on world: borrowing Communicator,
    _ estimator: @escaping (_ learningRate: Double) -> E
  ) throws {
    let what = "\(E.self)"
    let folds = try CrossValidator(estimator(0.003), folds: 2).run(table, on: world)
    try MPIProbe.require(
      folds.folds.count == 2 && folds.mean("val_loss")?.isFinite == true,
      "\(what): figures of two parts")
    let space = try SearchSpace([Parameter("rate", .float(low: 1e-3, high: 1e-2, log: true))])
    var plan = SearchPlan(
      objectives: [SearchObjective("val_loss", .minimize)], trialLimit: 2,
      ranksPerTrial: world.size > 2 ? 2...2 : 1...1)
    plan.lastStep = 3
    let report = try Study.optimize(
      on: world, StudySettings(space: space, sampler: "random"), plan: plan
    ) { trial, group in
      try trial.fit(estimator(try trial.number("rate")), to: table, on: group)
    }
    if let report {
      try MPIProbe.require(
        report.summary.complete == 2 && report.best?.values[0].isFinite == true,
        "\(what): two trials")
    }
  }
}

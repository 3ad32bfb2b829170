import Distributed

/// An estimator learns `b` of `table.csv`, and keeps its model as `model.h5`; says what is noted.
enum FitScenario {
  static func run(on world: borrowing Communicator) throws {
    let table = try Table("table.csv", on: world)
    var regressor = NetworkRegressor(label: "b", batchSize: 16, epochs: 20)
    regressor.modelFile = "model.h5"
    _ = try regressor.fit(table, on: world, observer: Printer())
  }

  private final class Printer: TrainingObserver {
    func note(_ line: String) { print(line) }
    func progress(_ progress: TrainingProgress) {}
    func epochEnded(_ record: EpochRecord) {}
  }
}

public import Distributed
private import Configuration
private import NN
private import Pipeline
private import Synchronization

/// Finds out, without any data and before a rank is spent, whether a trial can be run.
///
/// Networks are built once for each shape and remembered.
public final class TrialCheck: Sendable {
  private let job: SearchJob
  private let featureShape: [Int]?
  private let targetShape: [Int]?
  private let sizes = Mutex<[String: Size]>([:])

  /// What a network comes to.
  private enum Size {
    case known(Network)
    case impossible(String)
    /// Only the data tell the shapes.
    case open
  }

  private static let mostRemembered = 10_000

  /// Makes a check of trials of `job`, whose rows have these shapes in the file; nil when they are
  /// not known, which leaves shapes unchecked.
  public init(_ job: SearchJob, featureShape: [Int]?, targetShape: [Int]? = nil) {
    self.job = job
    self.featureShape = featureShape
    self.targetShape = targetShape
  }

  /// Why a trial with these parameters cannot be run or breaks a constraint; nil when it is fine.
  public func objection(to assignment: Assignment) -> String? {
    impossibility(of: assignment) ?? brokenConstraint(by: assignment)
  }

  /// Why a trial with these parameters cannot be run; nil when it can.
  public func impossibility(of assignment: Assignment) -> String? {
    guard job.configuration.command == nil else { return commandObjection(to: assignment) }
    do {
      let training = try job.job(for: assignment)
      if case .impossible(let reason) = size(training) { return reason }
      return try shapeObjection(training)
    } catch { return "\(error)" }
  }

  /// Which constraint on figures that are known beforehand a trial that can be run breaks.
  public func brokenConstraint(by assignment: Assignment) -> String? {
    let constraints = job.configuration.constraints.filter(\.isStatic)
    guard !constraints.isEmpty, job.configuration.command == nil else { return nil }
    do {
      let figures = figures(of: try job.job(for: assignment))
      for constraint in constraints {
        guard let figure = figures[constraint.figure] else { continue }
        if !constraint.isMet(by: figure) {
          return "\(constraint.figure) is \(Value(.number(figure)).plainText): constraint "
            + constraint.text
        }
      }
      return nil
    } catch { return "\(error)" }
  }

  /// Figures that are known before a training: `parameters`, `layers`, `epochs`, `batch_size`.
  public func figures(of training: TrainingJob) -> [String: Double] {
    var figures = ["epochs": Double(training.training.epochCount)]
    // How many rows a whole slice has, only the data and the ranks tell.
    if !training.training.usesWholeSlice {
      figures["batch_size"] = Double(training.training.batchSize)
    }
    if case .known(let network) = size(training) {
      figures["parameters"] = Double(network.parameterCount)
      figures["layers"] = Double(network.layers.count)
    }
    return figures
  }

  private func commandObjection(to assignment: Assignment) -> String? {
    do { _ = try job.commandValues(for: assignment) } catch { return "\(error)" }
    return nil
  }

  /// Whether metrics, loss and targets fit the outputs, and whatever follows a figure has one.
  private func shapeObjection(_ training: TrainingJob) throws -> String? {
    guard case .known(let network) = size(training) else { return nil }
    let settings = training.training
    let losses = try settings.losses(for: network)
    try training.checkMonitors(
      try settings.figures(for: network), validates: training.data.validation != nil)
    try settings.checkClassWeights(network: network)
    try settings.checkLabels(network: network, pipeline: training.pipeline)
    guard let targetShape, let shape = try training.pipeline.targetShape(for: targetShape) else {
      return nil
    }
    let expected = network.targetCount(losses: losses)
    let found = shape.reduce(1, *)
    if expected == found { return nil }
    return "training.loss: \(losses.map(\.function.rawValue).joined(separator: ", ")) compares "
      + "\(network.outputCount) outputs with \(expected) number(s) per row, but the target "
      + "has \(found) after the pipeline"
  }

  private func size(_ training: TrainingJob) -> Size {
    guard let featureShape else { return .open }
    let key = training.network.value.json + training.pipeline.value.json
    if let size = sizes.withLock({ $0[key] }) { return size }
    let size: Size
    do {
      if let shape = try training.pipeline.featureShape(for: featureShape) {
        size = .known(try training.network.unweighted(inputShape: shape))
      } else {
        size = .open
      }
    } catch { size = .impossible("\(error)") }
    sizes.withLock {
      if $0.count >= Self.mostRemembered { $0.removeAll() }
      $0[key] = size
    }
    return size
  }
}

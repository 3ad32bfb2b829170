import NN
import Testing

/// What a step tells of its gradient while it runs.
@Suite("Observers of the backward pass")
struct GradientObserverTests {
  /// Keeps what the gradient is where it is said to be complete.
  private final class Witness: GradientObserver {
    let gradient: UnsafeMutableBufferPointer<Float>
    let trainedCount: Int
    var starts: [Int] = []
    var seen: [[Float]] = []
    /// How many were complete when the next ones were refused; nil: none was.
    var refusedAfter: Int?

    init(_ trial: Trial) {
      gradient = trial.gradient
      trainedCount = trial.network.trainedCount
    }

    func gradientIsRefused() { refusedAfter = refusedAfter ?? starts.count }

    func gradientIsComplete(from start: Int) {
      starts.append(start)
      seen.append(Array(gradient[start...]))
    }
  }

  @Test("Each layer's gradient stays as it is when the step says that it is complete")
  func complete() throws {
    let layers: [any LayerConfiguration] = [
      Conv2D(filters: 4, kernelSize: [3], activation: .relu), BatchNormalization(), Flatten(),
      Dense(units: 9, activation: .relu), LayerNormalization(), Dense(units: 3),
    ]
    let trial = try Trial(layers, inputShape: [6, 6, 1], loss: Loss(.meanSquaredError))
    #expect(trial.executor.completesInBackward)
    let witness = Witness(trial)
    _ = trial.executor.step(seed: 1, step: 1, observer: witness)
    #expect(witness.starts.count == layers.count)
    #expect(witness.starts.last == 0)
    #expect(Set(witness.starts).count == 5)  // Flatten has no weights
    for (start, before) in zip(witness.starts, witness.seen) {
      #expect(before.allSatisfy(\.isFinite) && before == Array(trial.gradient[start...]))
    }
    #expect(zip(witness.starts, witness.starts.dropFirst()).allSatisfy { $0 >= $1 })
  }

  @Test("What a watch refuses is told of before it is said to be complete")
  func refused() throws {
    let trial = try Trial(
      [Dense(units: 4), Dense(units: 3)], inputShape: [2], loss: Loss(.meanSquaredError))
    let watch = GradientWatch(trial.network, limit: 0)
    // A finite loss, and a gradient of the first layer that is none.
    trial.executor.features.update(repeating: 1e30)
    trial.parameters.update(repeating: 1e-30)
    trial.executor.targets.update(repeating: 1e18)
    let witness = Witness(trial)
    watch.begin()
    let loss = trial.executor.step(seed: 1, step: 1, observer: witness, watch: watch)
    #expect(
      loss.isFinite && watch.finding?.layer == 1, "\(loss) \(String(describing: watch.finding))")
    #expect(witness.refusedAfter == 0 && witness.starts.count == 2)
  }

  @Test("Branches are complete when all layers behind them are")
  func branches() throws {
    let input = Input([5], name: "a")
    let left = Dense(units: 4)(input)
    let right = Dense(units: 4)(input)
    let network = try Network(inputs: [input], outputs: [Dense(units: 2)(Add()(left, right))])
    let trial = try Trial(network, losses: [Loss(.meanSquaredError)])
    let witness = Witness(trial)
    _ = trial.executor.step(seed: 1, step: 1, observer: witness)
    #expect(witness.starts == [48, 48, 24, 0])
    for (start, before) in zip(witness.starts, witness.seen) {
      #expect(before == Array(trial.gradient[start...]))
    }
  }

  @Test("A loss that is no number, a penalty or shared weights: nothing is said to be complete")
  func silent() throws {
    let loss = Loss(.meanSquaredError)
    let diverged = try Trial([Dense(units: 2)], inputShape: [3], loss: loss)
    diverged.executor.features.update(repeating: .infinity)
    let penalized = try Trial(
      [Dense(units: 2, kernelRegularizer: Regularizer(l2: 0.1))], inputShape: [3], loss: loss)
    let input = Input([3], name: "a")
    let layer = SharedLayer(BatchNormalization(center: false, scale: false), name: "layer")
    let shared = try Trial(
      try Network(inputs: [input], outputs: [Dense(units: 2)(layer(layer(input)))]), losses: [loss])
    for (trial, completes) in [(diverged, true), (penalized, false), (shared, false)] {
      #expect(trial.executor.completesInBackward == completes)
      let witness = Witness(trial)
      _ = trial.executor.step(seed: 1, step: 1, observer: witness)
      #expect(witness.starts.isEmpty)
    }
  }
}

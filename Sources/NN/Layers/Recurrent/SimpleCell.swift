private import CKernels

/// A step of SimpleRNN: h = f(x W + b + h_before U).
final class SimpleCell: RecurrentCell {
  private let memory: RecurrentMemory
  private let products: RecurrentProducts
  /// h_before U, B x U.
  private let share: UnsafeMutablePointer<Float>
  private var weights: RecurrentWeights?

  init(_ memory: RecurrentMemory) throws(NetworkError) {
    self.memory = memory
    products = try RecurrentProducts(memory, columns: memory.units)
    share = memory.plan.allocate(memory.stateCount)
    products.forward.bind(c: share)
    products.backward?.bind(c: memory.hiddenGradient)
  }

  func bind(_ weights: RecurrentWeights) {
    self.weights = weights
    products.bind(kernel: weights.kernel)
    if let gradient = weights.kernelGradient { products.weights?.bind(c: gradient) }
  }

  func forward(_ t: Int) {
    let sums = memory.gates(t)
    if t >= memory.firstStep {
      products.forward.bind(a: memory.hidden(t))
      products.forward.execute()
      ck_add(memory.stateCount, share, sums)
    }
    memory.options.activation.forward(
      rows: memory.batch, columns: memory.units, from: sums, to: memory.state(t + 1))
  }

  func beginBackward() {}

  func backward(_ t: Int) {
    let sums = memory.gates(t)
    memory.options.activation.backward(
      rows: memory.batch, columns: memory.units, input: sums, output: memory.state(t + 1),
      from: memory.stateGradient, to: sums)
    guard t >= memory.firstStep, let product = products.backward else { return }
    product.bind(a: sums)
    product.execute()
    memory.passStateGradient(adding: false)
  }

  func finishBackward() {
    columnSums(
      rows: memory.steps * memory.batch, columns: memory.units, memory.gates,
      to: weights?.biasGradient)
    guard let product = products.weights else {
      weights?.kernelGradient?.update(repeating: 0, count: memory.units * memory.units)
      return
    }
    product.bind(a: memory.hidden(memory.firstStep))
    product.bind(b: memory.gates(memory.firstStep))
    product.execute()
  }
}

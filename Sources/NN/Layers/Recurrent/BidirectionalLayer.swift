private import CKernels

/// Two compiled recurrent layers with outputs of their own, which are merged.
final class BidirectionalLayer: Layer {
  private let plan: LayerPlan
  private let mode: Bidirectional.MergeMode?
  private let forwardPart: Part
  private let backwardPart: Part
  /// The backward layer's input gradient, to be added to the other's.
  private let inputGradient: UnsafeMutablePointer<Float>?
  /// The floats of the forward layer's weights.
  private let weightCount: Int
  private let steps: Int

  /// One direction: rows of `units` numbers, for each step when sequences are returned.
  private struct Part {
    let layer: any Layer
    let units: Int
    let output: UnsafeMutablePointer<Float>
    let outputGradient: UnsafeMutablePointer<Float>?
    /// The output, or its gradient, in the order of the input.
    let turned: UnsafeMutablePointer<Float>
  }

  init(_ configuration: Bidirectional, _ plan: LayerPlan) throws(NetworkError) {
    self.plan = plan
    mode = configuration.mergeMode
    steps = configuration.layer.options.returnSequences ? plan.inputShape[0] : 1
    weightCount = configuration.layer.parameters(for: plan.inputShape).reduce(0) { $0 + $1.count }
    let hasGradient = plan.isTrained && plan.inputGradient != nil
    inputGradient = hasGradient ? plan.allocate(plan.batchSize * plan.inputCount) : nil
    let inputs = configuration.split(plan.inputs)
    let shapes = configuration.split(plan.inputShapes)
    let gradients = configuration.split(plan.inputGradients)
    forwardPart = try Self.part(
      configuration.layer, configuration, plan, 0, inputs.forward, shapes.forward, gradients.forward
    )
    var ownGradients = gradients.backward
    ownGradients[0] = inputGradient
    backwardPart = try Self.part(
      configuration.backward, configuration, plan, 1, inputs.backward, shapes.backward, ownGradients
    )
  }

  private static func part(
    _ layer: any RecurrentConfiguration, _ configuration: Bidirectional, _ plan: LayerPlan,
    _ direction: Int, _ inputs: [UnsafeMutablePointer<Float>], _ shapes: [[Int]],
    _ gradients: [UnsafeMutablePointer<Float>?]
  ) throws(NetworkError) -> Part {
    var layer = layer
    layer.options.zeroOutputForMask = layer.options.returnSequences
    let outputShapes = try layer.outputShapes(for: shapes)
    let count = plan.batchSize * outputShapes[0].reduce(1, *)
    let output = plan.allocate(count)
    let gradient = plan.isTrained ? plan.allocate(count) : nil
    // Behind the merged output, or two, stand the states of both.
    let states = outputShapes.count - 1
    let first = (configuration.mergeMode == nil ? 2 : 1) + direction * states
    let own = LayerPlan(
      index: plan.index, batchSize: plan.batchSize, inputShapes: shapes, outputShapes: outputShapes,
      inputs: inputs, outputs: [output] + plan.outputs[first..<first + states],
      inputGradients: gradients,
      outputGradients: [gradient] + plan.outputGradients[first..<first + states],
      inputMasks: shapes.indices.map { $0 == 0 ? plan.inputMask : nil }, outputMask: nil,
      arena: plan.arena, engine: plan.engine,
      scratch: plan.scratch)
    return Part(
      layer: try layer.makeLayer(own, salt: UInt64(direction)), units: layer.options.units,
      output: output, outputGradient: gradient,
      turned: direction == 1 ? plan.allocate(count) : output)
  }

  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?) {
    forwardPart.layer.bind(parameters: parameters, gradient: gradient)
    backwardPart.layer.bind(
      parameters: parameters + weightCount, gradient: gradient.map { $0 + weightCount })
  }

  private var rows: Int { plan.batchSize * steps }

  /// Turns the steps of each sample round.
  private func turn(
    _ width: Int, _ from: UnsafeMutablePointer<Float>, _ to: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<plan.batchSize {
      let place = row * steps * width
      ck_swap_rows(steps, 1, width, 1, 0, from + place, to + place)
    }
  }

  func forward(_ pass: Pass) {
    forwardPart.layer.forward(pass)
    backwardPart.layer.forward(pass)
    let (a, b) = (forwardPart, backwardPart)
    turn(b.units, b.output, b.turned)
    let count = rows * a.units
    switch mode {
    case nil:
      plan.outputs[0].update(from: a.output, count: count)
      plan.outputs[1].update(from: b.turned, count: rows * b.units)
    case .concatenation:
      let width = a.units + b.units
      let copy = Int32(CK_ROWS_COPY.rawValue)
      ck_rows(copy, rows, a.units, a.output, a.units, nil, 0, plan.output, width)
      ck_rows(copy, rows, b.units, b.turned, b.units, nil, 0, plan.output + a.units, width)
    case .sum, .average:
      plan.output.update(from: a.output, count: count)
      ck_add(count, b.turned, plan.output)
      if mode == .average { ck_scale(count, 0.5, plan.output) }
    case .product:
      plan.output.update(from: a.output, count: count)
      ck_multiply(count, b.turned, plan.output)
    }
  }

  func backward(_ pass: Pass) {
    guard let da = forwardPart.outputGradient, let db = backwardPart.outputGradient else { return }
    let (a, b) = (forwardPart, backwardPart)
    // For a product the turned output is read before its place takes the gradient.
    splitGradient(da, b.turned)
    turn(b.units, b.turned, db)
    a.layer.backward(pass)
    b.layer.backward(pass)
    if let inputGradient, let sum = plan.inputGradient {
      ck_add(plan.batchSize * plan.inputCount, inputGradient, sum)
    }
  }

  /// Writes the gradients of both outputs, each in the order of the input; `db` holds the backward
  /// layer's output.
  private func splitGradient(
    _ da: UnsafeMutablePointer<Float>, _ db: UnsafeMutablePointer<Float>
  ) {
    let (a, b) = (forwardPart.units, backwardPart.units)
    let count = rows * a
    if mode == nil {
      take(plan.outputGradients[0], count, da)
      take(plan.outputGradients[1], rows * b, db)
      return
    }
    guard let gradient = plan.outputGradient else {
      da.update(repeating: 0, count: count)
      db.update(repeating: 0, count: rows * b)
      return
    }
    switch mode {
    case nil: break
    case .concatenation:
      let copy = Int32(CK_ROWS_COPY.rawValue)
      ck_rows(copy, rows, a, gradient, a + b, nil, 0, da, a)
      ck_rows(copy, rows, b, gradient + a, a + b, nil, 0, db, b)
    case .sum, .average:
      if mode == .average { ck_scale(count, 0.5, gradient) }
      da.update(from: gradient, count: count)
      db.update(from: gradient, count: count)
    case .product:
      let multiply = Int32(CK_ROWS_MULTIPLY.rawValue)
      ck_rows(multiply, 1, count, gradient, 0, db, 0, da, 0)
      ck_rows(multiply, 1, count, gradient, 0, forwardPart.output, 0, db, 0)
    }
  }

  private func take(
    _ gradient: UnsafeMutablePointer<Float>?, _ count: Int, _ copy: UnsafeMutablePointer<Float>
  ) {
    if let gradient {
      copy.update(from: gradient, count: count)
    } else {
      copy.update(repeating: 0, count: count)
    }
  }
}

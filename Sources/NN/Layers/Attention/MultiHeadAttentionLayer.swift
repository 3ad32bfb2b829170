private import CKernels

/// Attention compiled: four projections, and the products of all heads of all samples as one batch.
///
/// Heads stand [samples, heads, places, length] for these products, and [samples, places, heads, length]
/// for the projections.
final class MultiHeadAttentionLayer: Layer {
  private let configuration: MultiHeadAttention
  private let plan: LayerPlan
  private let samples, heads, queries, keys, keyLength, valueLength: Int
  private let projections: [Projection]
  /// Rows of projections and the same by heads: query, key, value, what the heads give.
  private let rows, heads4, rowGradients, headGradients: [UnsafeMutablePointer<Float>]
  /// The attention, dropped where dropout is on, and its gradient.
  private let attention, dropped, attentionGradient: UnsafeMutablePointer<Float>
  private let scores, mixing: MatrixProduct
  private let mixingByAttention, mixingByValue, scoresByQuery, scoresByKey: MatrixProduct?
  private let keyMask: KeyMask

  init(_ configuration: MultiHeadAttention, _ plan: LayerPlan) throws(NetworkError) {
    self.configuration = configuration
    self.plan = plan
    samples = plan.batchSize
    heads = configuration.headCount
    keyLength = configuration.keyLength
    valueLength = configuration.valueLength ?? configuration.keyLength
    let last = plan.inputs.count - 1
    // Query, key, value.
    let places = [0, last, min(1, last)]
    queries = plan.inputShapes[0][0]
    keys = plan.inputShapes[last][0]
    keyMask = KeyMask(plan, key: places[1], value: places[2])
    let (samples, heads, queries, keys) = (samples, heads, queries, keys)
    let (keyLength, valueLength) = (keyLength, valueLength)
    func block(_ count: Int) -> UnsafeMutablePointer<Float> {
      plan.arena.allocate(count).baseAddress ?? plan.output
    }
    let sizes = [
      samples * queries * heads * keyLength, samples * keys * heads * keyLength,
      samples * keys * heads * valueLength, samples * queries * heads * valueLength,
    ]
    let isTrained = plan.isTrained
    rows = sizes.map(block)
    heads4 = sizes.map(block)
    rowGradients = isTrained ? sizes.map(block) : rows
    headGradients = isTrained ? sizes.map(block) : rows
    let count = samples * heads * queries * keys
    attention = block(count)
    dropped = configuration.dropout > 0 ? block(count) : attention
    attentionGradient = isTrained ? block(count) : attention

    var projections: [Projection] = []
    for (index, place) in places.enumerated() {
      let shape = plan.inputShapes[place]
      // One input that is query, key and value collects three gradients; so may two.
      let isFirst = places.firstIndex(of: place) == index
      let own = plan.inputGradients[place].map { gradient in
        isFirst ? gradient : block(samples * shape[0] * shape[1])
      }
      projections.append(
        try Projection(
          rows: samples * shape[0], inputs: shape[1],
          outputs: heads * (index == 2 ? valueLength : keyLength),
          hasBias: configuration.useBias, x: plan.inputs[place], y: rows[index],
          dy: isTrained ? rowGradients[index] : nil, dx: own, plan: plan))
      if !isFirst, let part = own, let sum = plan.inputGradients[place] {
        additions.append((part, sum, samples * shape[0] * shape[1]))
      }
    }
    projections.append(
      try Projection(
        rows: samples * queries, inputs: heads * valueLength, outputs: plan.inputShapes[0][1],
        hasBias: configuration.useBias, x: rows[3], y: plan.output,
        dy: plan.outputGradient, dx: isTrained ? rowGradients[3] : nil, plan: plan))
    self.projections = projections

    func product(
      _ rows: Int, _ inner: Int, _ columns: Int, a: Bool = false, b: Bool = false
    ) throws(NetworkError) -> MatrixProduct {
      try MatrixProduct(
        batch: samples * heads, rows: rows, inner: inner, columns: columns, transposedA: a,
        transposedB: b, rounds: true, engine: plan.engine, scratch: plan.scratch)
    }
    scores = try product(queries, keyLength, keys, b: true)
    scores.bind(a: heads4[0])
    scores.bind(b: heads4[1])
    scores.bind(c: attention)
    mixing = try product(queries, keys, valueLength)
    mixing.bind(a: dropped)
    mixing.bind(b: heads4[2])
    mixing.bind(c: heads4[3])
    guard isTrained else {
      (mixingByAttention, mixingByValue, scoresByQuery, scoresByKey) = (nil, nil, nil, nil)
      return
    }
    mixingByAttention = try product(queries, valueLength, keys, b: true)
    mixingByAttention?.bind(a: headGradients[3])
    mixingByAttention?.bind(b: heads4[2])
    mixingByAttention?.bind(c: attentionGradient)
    mixingByValue = try product(keys, queries, valueLength, a: true)
    mixingByValue?.bind(a: dropped)
    mixingByValue?.bind(b: headGradients[3])
    mixingByValue?.bind(c: headGradients[2])
    scoresByQuery = try product(queries, keys, keyLength)
    scoresByQuery?.bind(a: attentionGradient)
    scoresByQuery?.bind(b: heads4[1])
    scoresByQuery?.bind(c: headGradients[0])
    scoresByKey = try product(keys, queries, keyLength, a: true)
    scoresByKey?.bind(a: attentionGradient)
    scoresByKey?.bind(b: heads4[0])
    scoresByKey?.bind(c: headGradients[1])
  }

  /// Gradients of an input that is used more than once.
  private var additions:
    [(part: UnsafeMutablePointer<Float>, sum: UnsafeMutablePointer<Float>, count: Int)] = []

  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?) {
    var offset = 0
    for index in 0..<projections.count {
      projections[index].bind(
        parameters: parameters + offset, gradient: gradient.map { $0 + offset })
      offset += projections[index].parameterCount
    }
  }

  func forward(_ pass: Pass) {
    for index in 0..<3 {
      projections[index].forward()
      ck_swap_axes(
        samples, index == 0 ? queries : keys, heads, index == 2 ? valueLength : keyLength,
        rows[index], heads4[index])
    }
    scores.execute()
    keyMask.run()
    // Who sees nothing looks at all alike, or with dropout at nothing: Keras computes that by another path.
    ck_attention_softmax(
      samples, heads, queries, keys, 1 / Float(keyLength).squareRoot(),
      configuration.isCausal ? 1 : 0, configuration.dropout > 0 ? 0 : 1 / Float(keys),
      plan.inputMask, keyMask.mask, attention)
    if dropped != attention {
      let count = samples * heads * queries * keys
      if pass.drawsNoise {
        ck_dropout(Float(configuration.dropout), pass.key(plan.index), count, attention, dropped)
      } else {
        dropped.update(from: attention, count: count)
      }
    }
    mixing.execute()
    ck_swap_axes(samples, heads, queries, valueLength, heads4[3], rows[3])
    projections[3].forward()
  }

  func backward(_ pass: Pass) {
    projections[3].backward()
    ck_swap_axes(samples, queries, heads, valueLength, rowGradients[3], headGradients[3])
    mixingByAttention?.execute()
    mixingByValue?.execute()
    let count = samples * heads * queries * keys
    if dropped != attention {
      ck_dropout(
        Float(configuration.dropout), pass.key(plan.index), count, attentionGradient,
        attentionGradient)
    }
    ck_softmax_backward(
      samples * heads * queries, keys, attention, attentionGradient, attentionGradient)
    if plan.inputMask != nil || keyMask.mask != nil {
      ck_attention_drop_unseeing(
        samples, heads, queries, keys, configuration.isCausal ? 1 : 0, plan.inputMask, keyMask.mask,
        attentionGradient)
    }
    ck_scale_by(count, 1 / Float(keyLength).squareRoot(), attentionGradient)
    scoresByQuery?.execute()
    scoresByKey?.execute()
    for index in 0..<3 {
      ck_swap_axes(
        samples, heads, index == 0 ? queries : keys, index == 2 ? valueLength : keyLength,
        headGradients[index], rowGradients[index])
      projections[index].backward()
    }
    for index in 0..<additions.count {
      ck_add(additions[index].count, additions[index].part, additions[index].sum)
    }
  }
}

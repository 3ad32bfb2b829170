/// The matrix products of a state with its kernel, of `columns` columns, and those of their gradients.
struct RecurrentProducts {
  /// h U, of one step.
  let forward: MatrixProduct
  /// The gradient of h from that of h U, of one step.
  let backward: MatrixProduct?
  /// The gradient of U, of all steps at once; nil when no step has a state before it.
  let weights: MatrixProduct?

  /// `copied`: the kernel is a copy that the cell makes anew before each forward pass.
  init(
    _ memory: RecurrentMemory, columns: Int, bias: Bool = false, copied: Bool = false
  ) throws(NetworkError) {
    let plan = memory.plan
    forward = try MatrixProduct(
      rows: memory.batch, inner: memory.units, columns: columns, bias: bias, weights: !copied,
      engine: plan.engine, scratch: plan.scratch)
    guard plan.isTrained else {
      backward = nil
      weights = nil
      return
    }
    backward = try MatrixProduct(
      rows: memory.batch, inner: columns, columns: memory.units, transposedB: true,
      engine: plan.engine, scratch: plan.scratch)
    let rows = (memory.steps - memory.firstStep) * memory.batch
    weights =
      rows == 0
      ? nil
      : try MatrixProduct(
        rows: memory.units, inner: rows, columns: columns, transposedA: true, engine: plan.engine,
        scratch: plan.scratch)
  }

  /// Sets where U lies.
  func bind(kernel: UnsafePointer<Float>) {
    forward.bind(b: kernel)
    backward?.bind(b: kernel)
  }
}

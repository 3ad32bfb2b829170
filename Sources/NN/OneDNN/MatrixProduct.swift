private import CKernels
internal import COneDNN

/// A matrix product C = A B (+ bias to each row) of fixed shapes, compiled once by oneDNN.
///
/// A is rows x inner, B is inner x columns, C is rows x columns; A and B may be stored transposed. With a
/// `batch` they are as many matrices, one behind the other, without a bias.
///
/// Chosen by measurement over `dnnl_sgemm` and the inner-product primitives, which pack their operands
/// into memory that they allocate at each call: oneDNN's matmul reads plain row-major matrices as fast
/// or faster at every shape of a perceptron's step, with scratch memory that is ours. That holds for
/// its AVX-512 kernels; without AVX-512 it falls back to the packing product, and a step allocates. There
/// our own kernel (`ck_product`) takes the shapes that it is faster at.
final class MatrixProduct {
  private var product = cdnn_product()
  private let kernel: ProductKernel?
  private let engine: OneDNN
  /// The numbers of A and of B.
  private let counts: (a: Int, b: Int)
  /// Copies for products of rounded numbers, and what is copied; a copy that the layer shares among
  /// products is the layer's to update.
  private var rounded: (a: RoundedCopy?, b: RoundedCopy?) = (nil, nil)
  private var isRounding = false
  private var shares: (a: Bool, b: Bool) = (false, false)
  private var sources: (a: UnsafePointer<Float>?, b: UnsafePointer<Float>?) = (nil, nil)

  /// Compiles the product and reserves its scratch memory in `scratch`.
  ///
  /// Where the engine's precision is bfloat16 and `rounds` is true, A and B are rounded at each
  /// execution, unless `sharedA` and `sharedB` are their rounded copies. `weights`: B is weights, which an
  /// executor that only predicts may pack once.
  init(
    batch: Int = 1, rows: Int, inner: Int, columns: Int, transposedA: Bool = false,
    transposedB: Bool = false,
    bias: Bool = false, relu: Bool = false, weights: Bool = false, rounds: Bool = false,
    sharedA: RoundedCopy? = nil,
    sharedB: RoundedCopy? = nil, engine: OneDNN, scratch: Scratch
  ) throws(NetworkError) {
    self.engine = engine
    counts = (batch * rows * inner, batch * inner * columns)
    let rounds = rounds && engine.precision == .bfloat16
    let shape = ProductKernel.Shape(
      batch: batch, rows: rows, inner: inner, columns: columns, transposedA: transposedA,
      transposedB: transposedB, relu: relu, fixedB: weights && engine.packedWeights != nil)
    kernel =
      engine.threadCount == 1 && !(rounds && engine.multipliesBFloat16) && shape.suits
      ? ProductKernel(shape, arena: engine.packedWeights) : nil
    if kernel == nil {
      try OneDNN.check(
        cdnn_product_create(
          &product, engine.engine, Int64(batch), Int64(rows), Int64(inner), Int64(columns),
          transposedA ? 1 : 0,
          transposedB ? 1 : 0, bias ? 1 : 0,
          rounds && engine.multipliesBFloat16 ? dnnl_bf16 : dnnl_f32),
        "compiling the product of \(rows)x\(inner) and \(inner)x\(columns)")
    }
    let needed = kernel?.scratchBytes ?? product.scratch_bytes
    guard rounds else {
      scratch.reserve(needed) { [unowned self] in bind(3, $0) }
      return
    }
    shares = (sharedA != nil, sharedB != nil)
    let own = (needed + 63) / 64 * 64
    let a = sharedA == nil ? RoundedCopy.byteCount(counts.a, engine) : 0
    let b = sharedB == nil ? RoundedCopy.byteCount(counts.b, engine) : 0
    scratch.reserve(own + a + b) { [unowned self] in
      bind(3, $0)
      let copies = (
        a: sharedA ?? RoundedCopy(at: $0 + own, count: counts.a, engine),
        b: sharedB ?? RoundedCopy(at: $0 + own + a, count: counts.b, engine)
      )
      rounded = copies
      bind(0, copies.a.data)
      bind(1, copies.b.data)
    }
    isRounding = true
  }

  /// Whether `execute` clips what is below 0, where that was asked for: oneDNN's way of doing so would turn
  /// NaN into 0 and hide a diverged run.
  var clips: Bool { kernel?.shape.relu ?? false }

  /// Sets where A lies.
  func bind(a: UnsafePointer<Float>) {
    sources.a = a
    if !isRounding { bind(0, UnsafeMutableRawPointer(mutating: a)) }
  }
  /// Sets where B lies.
  func bind(b: UnsafePointer<Float>) {
    sources.b = b
    if !isRounding { bind(1, UnsafeMutableRawPointer(mutating: b)) }
  }
  /// Sets where C lies.
  func bind(c: UnsafeMutablePointer<Float>) { bind(2, UnsafeMutableRawPointer(c)) }
  /// Sets where the bias lies.
  func bind(bias: UnsafePointer<Float>) { bind(4, UnsafeMutableRawPointer(mutating: bias)) }

  private func bind(_ operand: Int32, _ data: UnsafeMutableRawPointer) {
    if let kernel {
      kernel.bind(Int(operand), data)
      return
    }
    let status = cdnn_product_bind(&product, operand, data)
    precondition(status == dnnl_success, "oneDNN refused a pointer: \(status.rawValue)")
  }

  /// Computes C.
  ///
  /// Allocates nothing from the second call on.
  func execute() {
    if isRounding {
      if !shares.a, let a = sources.a { rounded.a?.update(from: a) }
      if !shares.b, let b = sources.b { rounded.b?.update(from: b) }
    }
    if let kernel {
      kernel.execute()
      return
    }
    ck_recycle_allocations(1)
    let status = cdnn_product_execute(&product, engine.stream)
    ck_recycle_allocations(0)
    precondition(status == dnnl_success, "oneDNN failed in a product: \(status.rawValue)")
  }

  deinit { if kernel == nil { cdnn_product_destroy(&product) } }
}

/// The scratch memory of an executor: one block, as large as the hungriest primitive needs, because
/// primitives run one after another.
final class Scratch {
  private var byteCount = 0
  private var binders: [(UnsafeMutableRawPointer) -> Void] = []

  /// Asks for `byteCount` bytes; `bind` is told where they are once all have asked.
  func reserve(_ byteCount: Int, bind: @escaping (UnsafeMutableRawPointer) -> Void) {
    self.byteCount = max(self.byteCount, byteCount)
    binders.append(bind)
  }

  /// Takes the block from `arena` and tells everybody.
  func allocate(in arena: FloatArena) {
    let block = arena.allocate((byteCount + 3) / 4)
    guard let base = block.baseAddress else { return }
    for bind in binders { bind(UnsafeMutableRawPointer(base)) }
    binders = []
  }
}

internal import CKernels

/// A matrix product of fixed shape by our own kernel, for one thread of a CPU with AVX2.
final class ProductKernel {
  /// What is multiplied: A is rows x inner, B is inner x columns, either may be stored transposed.
  struct Shape {
    let batch, rows, inner, columns: Int
    let transposedA, transposedB: Bool
    /// Whether C is no less than 0; NaN stays NaN.
    let relu: Bool
    /// Whether B stays as it is when it is bound, so that it is packed once.
    var fixedB = false

    /// Whether the kernel is faster here than oneDNN's for CPUs without AVX-512.
    ///
    /// Measured on an AMD EPYC beside `dnnl_sgemm` of 2.6.3, as ours / theirs: gradients of kernels (A
    /// transposed) 1.1 to 2.1, for rows of C of 1000 and more 0.9 to 1; rows of B a multiple of 2 KiB apart 1.3
    /// to 2.0, because theirs then share few lines of the cache; large transposed B 1.1; many rows 1.1. For a
    /// narrow C, and for few rows, theirs are faster. A B that is packed once is ours from 8 rows on.
    var suits: Bool {
      guard Engine.instructionSet == "avx2", ck_product_runs() != 0, columns >= 16 else {
        return false
      }
      if fixedB { return rows >= 8 && !transposedA && !transposedB }
      if transposedA { return rows >= 16 && columns < 1000 }
      if transposedB { return rows > 48 && inner * columns >= 1 << 20 }
      return rows > 48 && (columns % 512 == 0 || (rows >= 512 && columns >= 64))
    }
  }

  /// What is multiplied.
  let shape: Shape
  /// A, B, C, scratch memory and bias, numbered as oneDNN's operands are.
  private var operands:
    (
      a: UnsafeMutablePointer<Float>?, b: UnsafeMutablePointer<Float>?,
      c: UnsafeMutablePointer<Float>?, scratch: UnsafeMutablePointer<Float>?,
      bias: UnsafeMutablePointer<Float>?
    )

  /// B, packed; nil where each product packs it.
  private let packed: UnsafeMutablePointer<Float>?

  /// Makes the product; its operands are bound later.
  ///
  /// A B that stays as it is lies packed in `arena`, too.
  init(_ shape: Shape, arena: FloatArena?) {
    self.shape = shape
    let count = shape.batch * ck_product_packed_count(shape.columns, shape.inner)
    packed = shape.fixedB ? arena?.allocate(count).baseAddress : nil
  }

  /// The scratch memory that it needs, aligned to 64 bytes.
  var scratchBytes: Int { 4 * ck_product_scratch(shape.columns, shape.inner) }

  /// The scratch memory that it needs to hand C on.
  var takenScratchBytes: Int { 4 * ck_product_taken_scratch(shape.columns, shape.inner) }

  /// Sets where an operand lies: 0 A, 1 B, 2 C, 3 scratch memory, 4 bias.
  func bind(_ operand: Int, _ data: UnsafeMutableRawPointer) {
    let floats = data.assumingMemoryBound(to: Float.self)
    switch operand {
    case 0: operands.a = floats
    case 1:
      operands.b = floats
      pack(floats)
    case 2: operands.c = floats
    case 3: operands.scratch = floats
    default: operands.bias = floats
    }
  }

  private func pack(_ b: UnsafeMutablePointer<Float>) {
    guard let packed else { return }
    let count = ck_product_packed_count(shape.columns, shape.inner)
    for k in 0..<shape.batch {
      ck_product_pack(
        shape.transposedB ? 1 : 0, shape.columns, shape.inner,
        b + k * shape.inner * shape.columns, packed + k * count)
    }
  }

  /// Computes C block by block and gives each to `take`, with `context`.
  ///
  /// Allocates nothing.
  func execute(context: UnsafeMutableRawPointer, take: ck_product_taker) {
    guard let a = operands.a, let b = operands.b, let scratch = operands.scratch
    else { preconditionFailure("a product whose operands are not bound") }
    ck_product_taken(
      shape.transposedA ? 1 : 0, shape.transposedB ? 1 : 0, shape.rows, shape.columns, shape.inner,
      a, b, context, take, scratch)
  }

  /// Computes C, one product of the batch after the other.
  ///
  /// Allocates nothing.
  func execute() {
    guard let a = operands.a, let b = operands.b, let c = operands.c, let scratch = operands.scratch
    else { preconditionFailure("a product whose operands are not bound") }
    let packedCount = ck_product_packed_count(shape.columns, shape.inner)
    for k in 0..<shape.batch {
      if let packed {
        ck_product_packed(
          shape.transposedA ? 1 : 0, shape.rows, shape.columns, shape.inner,
          a + k * shape.rows * shape.inner, packed + k * packedCount, operands.bias,
          shape.relu ? 1 : 0, c + k * shape.rows * shape.columns, scratch)
        continue
      }
      ck_product(
        shape.transposedA ? 1 : 0, shape.transposedB ? 1 : 0, shape.rows, shape.columns,
        shape.inner,
        a + k * shape.rows * shape.inner, b + k * shape.inner * shape.columns, operands.bias,
        shape.relu ? 1 : 0,
        c + k * shape.rows * shape.columns, scratch)
    }
  }
}

private import CKernels

/// y = x W + b over rows, with its gradients: what layers are made of that have several products.
///
/// The memory of x, y and their gradients is the layer's.
final class Projection {
  private let rows, inputs, outputs: Int
  private let product: MatrixProduct
  private let kernelProduct: MatrixProduct?
  private let inputProduct: MatrixProduct?
  private let hasBias: Bool
  private let y: UnsafeMutablePointer<Float>
  private let dy: UnsafeMutablePointer<Float>?
  private var biasGradient: UnsafeMutablePointer<Float>?

  /// Compiles the products; without `dy` only the first, without `dx` not that of the input's gradient.
  init(
    rows: Int, inputs: Int, outputs: Int, hasBias: Bool, x: UnsafeMutablePointer<Float>,
    y: UnsafeMutablePointer<Float>, dy: UnsafeMutablePointer<Float>?,
    dx: UnsafeMutablePointer<Float>?, plan: LayerPlan
  ) throws(NetworkError) {
    (self.rows, self.inputs, self.outputs, self.hasBias) = (rows, inputs, outputs, hasBias)
    (self.y, self.dy) = (y, dy)
    product = try MatrixProduct(
      rows: rows, inner: inputs, columns: outputs, bias: hasBias, weights: true, rounds: true,
      engine: plan.engine, scratch: plan.scratch)
    product.bind(a: x)
    product.bind(c: y)
    guard let dy else {
      kernelProduct = nil
      inputProduct = nil
      return
    }
    kernelProduct = try MatrixProduct(
      rows: inputs, inner: rows, columns: outputs, transposedA: true, rounds: true,
      engine: plan.engine,
      scratch: plan.scratch)
    kernelProduct?.bind(a: x)
    kernelProduct?.bind(b: dy)
    guard let dx else {
      inputProduct = nil
      return
    }
    inputProduct = try MatrixProduct(
      rows: rows, inner: outputs, columns: inputs, transposedB: true, rounds: true,
      engine: plan.engine,
      scratch: plan.scratch)
    inputProduct?.bind(a: dy)
    inputProduct?.bind(c: dx)
  }

  /// The floats of W and b.
  var parameterCount: Int { inputs * outputs + (hasBias ? outputs : 0) }

  /// Sets where W and, behind it, b lie, and their gradients.
  func bind(parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?) {
    product.bind(b: parameters)
    inputProduct?.bind(b: parameters)
    if hasBias { product.bind(bias: parameters + inputs * outputs) }
    guard let gradient else { return }
    kernelProduct?.bind(c: gradient)
    biasGradient = hasBias ? gradient + inputs * outputs : nil
  }

  /// Computes y.
  func forward() { product.execute() }

  /// Computes the gradients of W, b and, where it is wanted, x.
  func backward() {
    if let dy, let biasGradient {
      ck_activation_backward_bias(
        Int32(CK_LINEAR.rawValue), 0, rows, outputs, y, y, dy, biasGradient)
    }
    kernelProduct?.execute()
    inputProduct?.execute()
  }
}

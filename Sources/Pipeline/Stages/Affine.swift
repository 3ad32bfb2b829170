import CKernels

/// `y[j] = scale[j] * x[j] + offset[j]` for each column j of a row.
///
/// One number in `scale` and `offset` holds for all columns. Kept in double precision, so that
/// several in a row are rounded once.
public struct Affine: Sendable, Equatable {
  /// The factor of all columns, or one for each.
  public let scale: [Double]
  /// The summand of all columns, or one for each.
  public let offset: [Double]

  /// What changes nothing.
  public static let identity = Affine(scale: [1], offset: [0])

  /// Makes an affine function; both lists are of one length.
  public init(scale: [Double], offset: [Double]) {
    precondition(scale.count == offset.count && !scale.isEmpty)
    self.scale = scale
    self.offset = offset
  }

  /// Whether each column has its own numbers.
  public var isPerColumn: Bool { scale.count > 1 }

  /// This function first, then `next`.
  public func followed(by next: Affine) -> Affine {
    let count = max(scale.count, next.scale.count)
    func at(_ list: [Double], _ index: Int) -> Double { list.count == 1 ? list[0] : list[index] }
    return Affine(
      scale: (0..<count).map { at(scale, $0) * at(next.scale, $0) },
      offset: (0..<count).map { at(offset, $0) * at(next.scale, $0) + at(next.offset, $0) })
  }
}

/// An affine function in single precision, ready to run over rows.
struct AffineKernel: Sendable {
  private let width: Int
  private let scale: [Float]
  private let offset: [Float]

  init(_ affine: Affine, width: Int) {
    precondition(affine.scale.count == 1 || affine.scale.count == width)
    self.width = width
    scale = affine.scale.map { Float($0) }
    offset = affine.offset.map { Float($0) }
  }

  private var isPerColumn: Int32 { scale.count > 1 ? 1 : 0 }

  /// Fills `output` with the rows at `indices`, converted and transformed in one pass.
  func gather(
    bytes rows: UnsafePointer<UInt8>, _ indices: UnsafeBufferPointer<UInt32>,
    into output: UnsafeMutablePointer<Float>
  ) {
    guard let first = indices.baseAddress else { return }
    ck_gather_u8(rows, first, indices.count, width, scale, offset, isPerColumn, output)
  }

  /// Fills `output` with the rows at `indices`, transformed.
  func gather(
    floats rows: UnsafePointer<Float>, _ indices: UnsafeBufferPointer<UInt32>,
    into output: UnsafeMutablePointer<Float>
  ) {
    guard let first = indices.baseAddress else { return }
    ck_gather_f32(rows, first, indices.count, width, scale, offset, isPerColumn, output)
  }
}

import CKernels
import NN
import Testing

/// Our own matrix product, beside sums in double precision.
@Suite("Matrix products", .enabled(if: ck_product_runs() != 0, "the kernel needs AVX2 and FMA"))
struct ProductTests {
  private struct Shape: CustomStringConvertible {
    var m, n, k: Int
    var description: String { "\(m)x\(k) \(k)x\(n)" }
  }

  /// All cuts of a tile; several blocks along each axis; the strides that alias.
  private static let shapes =
    (1...7).flatMap { m in (1...17).map { Shape(m: m, n: $0, k: 1 + (3 * m + 5 * $0) % 23) } } + [
      Shape(m: 100, n: 40, k: 700), Shape(m: 13, n: 1041, k: 9), Shape(m: 97, n: 33, k: 321),
      Shape(m: 64, n: 2048, k: 33),
    ]

  private static func numbers(_ count: Int, _ seed: UInt64) -> [Float] {
    var generator = RandomGenerator(seed: seed)
    return (0..<count).map { _ in Float(generator.uniform(-1, 1)) }
  }

  private static func product(
    _ shape: Shape, _ a: [Float], _ b: [Float], transposed: (a: Bool, b: Bool) = (false, false),
    bias: [Float]? = nil, relu: Bool = false
  ) -> [Float] {
    // A number behind the end shows a store too far.
    var c = [Float](repeating: 7, count: shape.m * shape.n + 1)
    let count = ck_product_scratch(shape.n, shape.k)
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: 4 * count, alignment: 64)
    defer { scratch.deallocate() }
    ck_product(
      transposed.a ? 1 : 0, transposed.b ? 1 : 0, shape.m, shape.n, shape.k, a, b, bias,
      relu ? 1 : 0, &c, scratch.assumingMemoryBound(to: Float.self))
    #expect(c.popLast() == 7)
    return c
  }

  @Test("blocks that are handed on are those of the whole product", arguments: [false, true])
  func taken(transposedA: Bool) {
    for shape in Self.shapes {
      let (m, n, k) = (shape.m, shape.n, shape.k)
      let a = Self.numbers(m * k, 1)
      let b = Self.numbers(k * n, 2)
      let whole = Self.product(shape, a, b, transposed: (transposedA, false))
      let count = ck_product_taken_scratch(n, k)
      let scratch = UnsafeMutableRawPointer.allocate(byteCount: 4 * count + 4, alignment: 64)
      defer { scratch.deallocate() }
      let floats = scratch.assumingMemoryBound(to: Float.self)
      floats[count] = 7
      var blocks = Blocks(columns: n, values: [Float](repeating: .nan, count: m * n))
      withUnsafeMutablePointer(to: &blocks) { blocks in
        ck_product_taken(
          transposedA ? 1 : 0, 0, m, n, k, a, b, blocks,
          { context, row, column, rows, columns, block in
            guard let block, let blocks = context?.assumingMemoryBound(to: Blocks.self) else {
              return
            }
            for i in 0..<rows {
              for j in 0..<columns {
                let place = (row + i) * blocks.pointee.columns + column + j
                #expect(blocks.pointee.values[place].isNaN, "a number that comes twice")
                blocks.pointee.values[place] = block[i * columns + j]
              }
            }
          }, floats)
      }
      #expect(floats[count] == 7, "scratch memory is longer than it says: \(shape)")
      #expect(blocks.values == whole, "\(shape)")
    }
  }

  @Test("a B that is packed once gives the same, to the bit", arguments: [false, true])
  func packed(transposedB: Bool) {
    for shape in Self.shapes {
      let (m, n, k) = (shape.m, shape.n, shape.k)
      let a = Self.numbers(m * k, 1)
      let b = Self.numbers(k * n, 2)
      let bias = Self.numbers(n, 3)
      let whole = Self.product(
        shape, a, b, transposed: (false, transposedB), bias: bias, relu: true)
      let count = ck_product_packed_count(n, k)
      let memory = UnsafeMutableRawPointer.allocate(
        byteCount: 4 * (count + 16 + ck_product_scratch(n, k)), alignment: 64)
      defer { memory.deallocate() }
      let packed = memory.assumingMemoryBound(to: Float.self)
      packed[count] = 7
      ck_product_pack(transposedB ? 1 : 0, n, k, b, packed)
      #expect(packed[count] == 7, "\(shape) is longer than it says")
      var c = [Float](repeating: 7, count: m * n + 1)
      let scratch = memory + (4 * count + 4 + 63) / 64 * 64
      ck_product_packed(
        0, m, n, k, a, packed, bias, 1, &c, scratch.assumingMemoryBound(to: Float.self))
      #expect(c.popLast() == 7)
      #expect(c == whole, "\(shape)")
    }
  }

  private struct Blocks {
    let columns: Int
    var values: [Float]
  }

  @Test("every shape, stored either way, with a bias", arguments: [false, true], [false, true])
  func values(transposedA: Bool, transposedB: Bool) {
    for shape in Self.shapes {
      let (m, n, k) = (shape.m, shape.n, shape.k)
      let a = Self.numbers(m * k, 1)
      let b = Self.numbers(k * n, 2)
      let bias = Self.numbers(n, 3)
      let c = Self.product(shape, a, b, transposed: (transposedA, transposedB), bias: bias)
      let clipped = Self.product(
        shape, a, b, transposed: (transposedA, transposedB), bias: bias, relu: true)
      var worst = 0.0
      for i in 0..<m {
        for j in 0..<n {
          var sum = Double(bias[j])
          for p in 0..<k {
            sum +=
              Double(transposedA ? a[p * m + i] : a[i * k + p])
              * Double(transposedB ? b[j * k + p] : b[p * n + j])
          }
          worst = max(worst, abs(Double(c[i * n + j]) - sum))
        }
      }
      // Each of k sums of numbers up to 1 is rounded to 24 bits.
      #expect(worst < 1e-7 * Double(k + 4), "\(shape)")
      #expect(clipped == c.map { max(0, $0) }, "\(shape)")
    }
  }

  @Test("NaN and infinity come out where they went in, also through relu")
  func notNumbers() {
    let shape = Shape(m: 7, n: 20, k: 5)
    var a = Self.numbers(35, 1)
    a[2 * 5 + 1] = .nan
    a[3 * 5 + 1] = .infinity
    let c = Self.product(shape, a, [Float](repeating: 1, count: 100), relu: true)
    for i in 0..<7 {
      for j in 0..<20 {
        let value = c[i * 20 + j]
        #expect(i == 2 ? value.isNaN : i == 3 ? value == .infinity : value.isFinite)
      }
    }
  }
}

import Configuration
import Distributed
import NN
import TestSupport
import Testing

#if DEBUG
  private let isOptimized = false
#else
  private let isOptimized = true
#endif

@Suite("Compressed messages")
struct CompressionTests {
  /// Within, at and beyond a vector, a block and a chunk of places.
  static let counts = [1, 2, 15, 17, 255, 256, 257, 1000, 65_536, 65_537, 140_001]

  @Test("a message holds what its kind promises", arguments: CompressedNumbers.names, counts)
  func bounds(_ name: String, count: Int) throws {
    let numbers = try CompressedNumbers(name)
    let values = CompressedNumbers.values(count)
    let message = numbers.message(values)
    #expect(message.count <= numbers.compression.byteLimit(count: count))
    let decoded = try numbers.decoded(message, count: count)
    switch numbers.compression {
    case is NoCompression:
      #expect(decoded == values)
    case is BFloat16Compression:
      #expect(message.count == 16 + 2 * count)
      #expect(zip(values, decoded).allSatisfy { abs($0 - $1) <= abs($0) / 256 })
    case let int8 as Int8Compression:
      for start in stride(from: 0, to: count, by: int8.block) {
        let block = start..<min(start + int8.block, count)
        let largest = values[block].map { abs($0) }.max() ?? 0
        // The scale has 16 bits, and a product with it is rounded once.
        let bound = largest / 254 * (1 + 1e-4)
        #expect(block.allSatisfy { abs(values[$0] - decoded[$0]) <= bound })
      }
    case let top as TopCompression:
      let order = (0..<count).sorted {
        let (x, y) = (abs(values[$0]), abs(values[$1]))
        return x == y ? $0 < $1 : x > y
      }
      var expected = [Float](repeating: 0, count: count)
      for place in order.prefix(top.numberLimit(count: count)) { expected[place] = values[place] }
      #expect(decoded == expected)
      #expect(
        top.numberLimit(count: count) == max(1, Int((top.fraction * Double(count)).rounded())))
    default: Issue.record("what does \(name) promise?")
    }
  }

  @Test(
    "what arrives and the residual are what was given, to the bit",
    arguments: CompressedNumbers.names, counts)
  func residual(_ name: String, count: Int) throws {
    let numbers = try CompressedNumbers(name)
    let values = CompressedNumbers.values(count)
    var residual = CompressedNumbers.values(count, seed: 2)
    let given = zip(values, residual).map { $0 + $1 }
    let message = numbers.message(values, residual: &residual)
    let decoded = try numbers.decoded(message, count: count)
    #expect(zip(decoded, residual).map { $0 + $1 } == given)
    // And it is the message of their sum.
    #expect(numbers.message(given) == message)
    if type(of: numbers.compression).isExact { #expect(residual.allSatisfy { $0 == 0 }) }
  }

  @Test("adding a message is adding its numbers", arguments: CompressedNumbers.names, counts)
  func adding(_ name: String, count: Int) throws {
    let numbers = try CompressedNumbers(name)
    let message = numbers.message(CompressedNumbers.values(count))
    let target = CompressedNumbers.values(count, seed: 3)
    let decoded = try numbers.decoded(message, count: count)
    let sum = try numbers.decoded(message, count: count, addedTo: target)
    #expect(sum == zip(target, decoded).map { $0 + $1 })
  }

  @Test("a message of nothing is a header", arguments: CompressedNumbers.names)
  func empty(_ name: String) throws {
    let compression = try CompressedNumbers(name).compression
    var value: Float = 7
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: compression.byteLimit(count: 0), alignment: 1)
    defer { bytes.deallocate() }
    let length = compression.encode(&value, count: 0, residual: nil, into: bytes)
    #expect(length == bytes.count)
    try compression.decode(UnsafeRawBufferPointer(bytes), into: &value, count: 0)
    #expect(value == 7)
  }

  @Test(
    "messages allocate nothing, sent or received",
    .enabled(if: isOptimized, "only an optimised build keeps closures on the stack"))
  func allocations() throws {
    let run = try Program("MPIProbe").run(["compression"])
    #expect(run.status == 0 && run.output == "compression ok on 1\n", "\(run.errors)")
  }

  @Test("rounding is to the nearest, and to the even one of two")
  func ties() throws {
    // The largest makes the scale 1.
    let halves: [Float] = [127, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0, -127]
    let bytes = try CompressedNumbers("int8")
    #expect(
      try bytes.decoded(bytes.message(halves), count: 9) == [127, 0, 2, 2, 0, -2, -2, 0, -127])
    let bf16 = try CompressedNumbers("bf16")
    let between: [Float] = [1 + 0x1p-8, 1 + 3 * 0x1p-8, -1 - 0x1p-8, 1 + 0x1.1p-8]
    #expect(
      try bf16.decoded(bf16.message(between), count: 4) == [1, 1 + 0x1p-6, -1, 1 + 0x1p-7])
  }

  @Test("of equal magnitudes the first are sent, and zeros never")
  func equalMagnitudes() throws {
    let top = try CompressedNumbers("{topk: {fraction: 0.2}}")
    var values = [Float](repeating: 0, count: 20)
    for place in [3, 7, 11, 13, 17, 19] { values[place] = place % 4 == 3 ? 2 : -2 }
    var residual = [Float](repeating: 0, count: 20)
    let decoded = try top.decoded(top.message(values, residual: &residual), count: 20)
    #expect(decoded.indices.filter { decoded[$0] != 0 } == [3, 7, 11, 13])
    #expect(residual.indices.filter { residual[$0] != 0 } == [17, 19])
    let few = top.message([0, 0, -5] + [Float](repeating: 0, count: 17))
    #expect(few.count == 16 + 4 + 6)
    #expect(try top.decoded(few, count: 20)[2] == -5)
    #expect(top.message([Float](repeating: -0.0, count: 20)).count == 16 + 4)
  }

  @Test(
    "a number that is not finite arrives as such, and nothing of it stays",
    arguments: CompressedNumbers.names, [Float.nan, .infinity, -.infinity])
  func notFinite(_ name: String, bad: Float) throws {
    let numbers = try CompressedNumbers(name)
    for count in [1, 300, 1000] {
      for place in [0, count / 2, count - 1] {
        var values = CompressedNumbers.values(count)
        var plain = values
        (values[place], plain[place]) = (bad, 0)
        var residual = [Float](repeating: 0, count: count)
        var plainResidual = residual
        let message = numbers.message(values, residual: &residual)
        let decoded = try numbers.decoded(message, count: count)
        #expect(!decoded[place].isFinite)
        #expect(residual[place] == 0 && residual.allSatisfy { $0.isFinite })
        #expect(decoded.indices.allSatisfy { $0 == place || decoded[$0].isFinite })
        // The others arrive as they would beside a zero. A place among the largest is taken, though.
        if numbers.compression is TopCompression { continue }
        var expected = try numbers.decoded(
          numbers.message(plain, residual: &plainResidual), count: count)
        expected[place] = decoded[place]
        #expect(decoded.map(\.bitPattern) == expected.map(\.bitPattern))
        #expect(residual == plainResidual)
      }
    }
  }

  @Test("more numbers that are not finite than a message holds leave nothing behind")
  func manyNotFinite() throws {
    let top = try CompressedNumbers("{topk: {fraction: 0.2}}")
    var residual = [Float](repeating: 0, count: 40)
    let values = (0..<40).map { $0 % 2 == 0 ? Float.nan : 1 }
    let decoded = try top.decoded(top.message(values, residual: &residual), count: 40)
    #expect(decoded.filter(\.isNaN).count == 8)
    #expect(residual == (0..<40).map { $0 % 2 == 0 ? 0 : 1 })
  }

  @Test("the largest and the smallest floats are numbers, too", arguments: CompressedNumbers.names)
  func extremes(_ name: String) throws {
    let numbers = try CompressedNumbers(name)
    let most = Float.greatestFiniteMagnitude
    for values: [Float] in [
      [most, -most, most / 2, 1], [.leastNonzeroMagnitude, 0, -.leastNormalMagnitude], [0x1p-119],
      [0x1p-118, 0x1p-126, -0x1p-140],
    ] {
      var residual = [Float](repeating: 0, count: values.count)
      let decoded = try numbers.decoded(
        numbers.message(values, residual: &residual), count: values.count)
      for (place, value) in values.enumerated() {
        // Above the largest number of bfloat16 is infinity.
        let overflows = numbers.compression is BFloat16Compression && abs(value) == most
        #expect(decoded[place].isFinite != overflows)
        #expect(overflows ? residual[place] == 0 : decoded[place] + residual[place] == value)
      }
    }
  }
}

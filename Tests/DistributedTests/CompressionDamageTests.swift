import Configuration
import Distributed
import NN
import Testing

@Suite("Damaged compressed messages")
struct CompressionDamageTests {
  /// Numbers before and behind the target that nobody may touch.
  private static let guards = 64

  /// Decodes or adds anything; gives back the error, and checks what was written.
  private func receive(
    _ message: [UInt8], _ numbers: CompressedNumbers, count: Int, adds: Bool,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> DistributedError? {
    let guards = Self.guards
    var memory = [Float](repeating: 5, count: count + 2 * guards)
    let failure = memory.withUnsafeMutableBufferPointer { memory -> DistributedError? in
      guard let base = memory.baseAddress else { return nil }
      return message.withUnsafeBytes { bytes -> DistributedError? in
        do throws(DistributedError) {
          if adds {
            try numbers.compression.add(bytes, to: base + guards, count: count)
          } else {
            try numbers.compression.decode(bytes, into: base + guards, count: count)
          }
          return nil
        } catch { return error }
      }
    }
    #expect(
      memory[..<guards].allSatisfy { $0 == 5 }
        && memory[(guards + count)...].allSatisfy { $0 == 5 },
      sourceLocation: sourceLocation)
    if failure != nil {
      #expect(memory.allSatisfy { $0 == 5 }, sourceLocation: sourceLocation)
    }
    return failure
  }

  @Test("a wrong length is an error that says what to do", arguments: CompressedNumbers.names)
  func lengths(_ name: String) throws {
    let numbers = try CompressedNumbers(name)
    let message = numbers.message(CompressedNumbers.values(300))
    for length in 0..<message.count {
      #expect(receive(Array(message[..<length]), numbers, count: 300, adds: false) != nil)
    }
    let error = try #require(receive(message + [0], numbers, count: 300, adds: true))
    #expect(error.exitCode == ExitCode.fault)
    for word in ["\(message.count + 1) bytes", "damaged", "one job file"] {
      #expect(error.description.contains(word), "\(error)")
    }
    #expect(receive(message, numbers, count: 300, adds: true) == nil)
  }

  @Test("a message of another kind, another length or other options is refused")
  func mismatch() throws {
    let values = CompressedNumbers.values(300)
    for name in CompressedNumbers.names {
      let message = try CompressedNumbers(name).message(values)
      for other in CompressedNumbers.names {
        let numbers = try CompressedNumbers(other)
        // A message says how many numbers it has: another fraction is no danger when there are fewer.
        let isRead = name == other || (name == "topk" && numbers.compression is TopCompression)
        #expect((receive(message, numbers, count: 300, adds: true) == nil) == isRead)
        #expect(receive(message, numbers, count: 299, adds: true) != nil)
        #expect(receive(message, numbers, count: 301, adds: true) != nil)
      }
    }
  }

  @Test("a changed header is refused", arguments: CompressedNumbers.names)
  func headers(_ name: String) throws {
    let numbers = try CompressedNumbers(name)
    let message = numbers.message(CompressedNumbers.values(300))
    for bit in 0..<16 * 8 {
      var damaged = message
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(receive(damaged, numbers, count: 300, adds: true) != nil, "bit \(bit)")
    }
  }

  @Test("a scale that is no number is refused", arguments: [Float.nan, .infinity, -1])
  func scales(_ bad: Float) throws {
    let numbers = try CompressedNumbers("int8")
    var message = numbers.message(CompressedNumbers.values(300))
    message.withUnsafeMutableBytes { $0.storeBytes(of: bad, toByteOffset: 20, as: Float.self) }
    #expect(receive(message, numbers, count: 300, adds: true) != nil)
  }

  @Test("places beyond the end, twice or in disorder are refused")
  func places() throws {
    let numbers = try CompressedNumbers("{topk: {fraction: 0.01}}")
    let values = CompressedNumbers.values(65_536 + 100)
    let message = numbers.message(values)
    // The numbers of the first chunk, of the second, and where the places begin.
    let (first, all) = message.withUnsafeBytes {
      (
        Int($0.loadUnaligned(fromByteOffset: 16, as: UInt32.self)),
        Int($0.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
      )
    }
    try #require(first < all)
    let places = 24 + 4 * all
    func refused(_ place: Int, _ value: UInt16) -> Bool {
      var damaged = message
      damaged.withUnsafeMutableBytes {
        $0.storeBytes(of: value, toByteOffset: places + 2 * place, as: UInt16.self)
      }
      return receive(damaged, numbers, count: values.count, adds: true) != nil
    }
    #expect(refused(all - 1, 100) && refused(all - 1, 65_535))
    let second = message.withUnsafeBytes {
      $0.loadUnaligned(fromByteOffset: places + 2, as: UInt16.self)
    }
    #expect(refused(0, second) && refused(0, second + 1))
    for (one, other) in [(first + 1, all - first - 1), (first - 1, all - first), (all, 0)] {
      var damaged = message
      damaged.withUnsafeMutableBytes {
        $0.storeBytes(of: UInt32(one), toByteOffset: 16, as: UInt32.self)
        $0.storeBytes(of: UInt32(other), toByteOffset: 20, as: UInt32.self)
      }
      let isWhole = receive(damaged, numbers, count: values.count, adds: true) == nil
      #expect(!isWhole, "\(one) and \(other)")
    }
  }

  @Test(
    "whatever the bytes, nothing outside of the target is written",
    arguments: CompressedNumbers.names)
  func fuzz(_ name: String) throws {
    let numbers = try CompressedNumbers(name)
    var generator = RandomGenerator(seed: 4)
    func below(_ limit: Int) -> Int { Int(generator.uniform(0, Double(limit))) }
    for round in 0..<2000 {
      let count = [1, 100, 300, 1000][round % 4]
      var message = numbers.message(CompressedNumbers.values(count, seed: UInt64(round)))
      for _ in 0...below(4) {
        // The header stays in most rounds: behind it is what can do harm.
        let start = round % 5 == 0 ? 0 : min(16, message.count - 1)
        message[start + below(message.count - start)] = UInt8(below(256))
      }
      if round % 7 == 0 { message = Array(message.prefix(below(message.count + 1))) }
      if round % 11 == 0 { message.append(UInt8(below(256))) }
      _ = receive(message, numbers, count: count, adds: round % 2 == 0)
    }
  }
}

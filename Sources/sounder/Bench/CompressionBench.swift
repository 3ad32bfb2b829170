private import Configuration
private import Distributed
private import Foundation
private import NN

/// Measures every compression in this process, beside a plain copy, in turns.
struct CompressionBench {
  /// One compression's medians over the rounds, in GB of float per second.
  struct Figures {
    /// The compression with its options: `int8, block 256`.
    var name: String
    /// A copy of the floats from one block of memory to another.
    var copy: Double
    /// Values and residual to a message.
    var encode: Double
    /// A message to values.
    var decode: Double
    /// A message added to values.
    var add: Double
    /// The bytes of a message over those of the floats.
    var share: Double
  }

  /// The numbers of a message.
  let count: Int
  /// Seconds of the processor for each measurement of a round.
  let seconds: Double
  /// How often each is measured.
  let rounds: Int

  /// Compresses normal numbers by each compression, as a job file names them.
  func measure(_ names: [String]) throws -> [Figures] {
    try names.map { name in
      try measure(
        CompressionRegistry.compression(try Value(yaml: name, file: "--compression"), at: []))
    }
  }

  private func measure(_ compression: any Distributed.Compression) throws -> Figures {
    var generator = RandomGenerator(seed: 1)
    let values = (0..<count).map { _ in Float(generator.normal()) }
    var residual = [Float](repeating: 0, count: count)
    var target = residual
    var bytes = [UInt8](repeating: 0, count: compression.byteLimit(count: count))
    var length = 0
    var speeds: (copy: [Double], encode: [Double], decode: [Double], add: [Double])
    speeds = ([], [], [], [])
    try values.withUnsafeBufferPointer { values in
      try residual.withUnsafeMutableBufferPointer { residual in
        try target.withUnsafeMutableBufferPointer { target in
          try bytes.withUnsafeMutableBytes { bytes in
            guard let from = values.baseAddress, let to = target.baseAddress else { return }
            for _ in 0..<rounds {
              speeds.copy.append(rate { to.update(from: from, count: count) })
              speeds.encode.append(
                rate {
                  length = compression.encode(
                    from, count: count, residual: residual.baseAddress, into: bytes)
                })
              let message = UnsafeRawBufferPointer(rebasing: bytes[..<length])
              speeds.decode.append(
                try rate { try compression.decode(message, into: to, count: count) })
              speeds.add.append(try rate { try compression.add(message, to: to, count: count) })
            }
          }
        }
      }
    }
    return Figures(
      name: compression.words, copy: median(speeds.copy), encode: median(speeds.encode),
      decode: median(speeds.decode), add: median(speeds.add),
      share: Double(length) / Double(count * MemoryLayout<Float>.size))
  }

  /// GB of float per second of `body`, which handles `count` numbers.
  ///
  /// Seconds of the processor: nothing here waits, and other programs' time is not ours.
  private func rate(_ body: () throws -> Void) rethrows -> Double {
    let begin = processorSeconds()
    var passes = 0.0
    var elapsed = 0.0
    while elapsed < seconds {
      try body()
      passes += 1
      elapsed = processorSeconds() - begin
    }
    return passes * Double(count * MemoryLayout<Float>.size) / elapsed / 1e9
  }

  private func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

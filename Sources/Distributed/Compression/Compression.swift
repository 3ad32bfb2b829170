package import Configuration

/// A way to send numbers in fewer bytes, as a job file says it: `int8`, `topk: {fraction: 0.01}`.
///
/// What a message does not hold stays with the sender as the residual, which is added to what it sends next:
/// error feedback (Seide et al. 2014; Karimireddy et al. 2019, "Error Feedback Fixes SignSGD and other
/// Gradient Compression Schemes", arXiv 1901.09847, algorithm 1). So rounding may be the simplest that is
/// deterministic, and nothing that is left out is lost.
///
/// A compression is one file here with what its messages hold, and one line in `CompressionRegistry`, over
/// which the tests run; `encode`, `decode` and `add` are the same for all. They allocate nothing and are not
/// collective.
package protocol Compression: Sendable {
  /// The name in a job file: `int8`.
  static var name: String { get }
  /// Tells its messages from those of others.
  static var number: UInt8 { get }
  /// Whether messages hold floats as they are: then a residual is zero, and need not be kept.
  static var isExact: Bool { get }
  /// Reads the job file's options.
  ///
  /// The caller finishes them.
  init(options: inout Options) throws(ConfigurationError)
  /// The options as the job file has them, defaults included.
  var entries: [Value.Entry] { get }
  /// What a receiver must have the same, beside the kind, to read a message.
  var layout: UInt32 { get }
  /// The most numbers that a message of `count` holds.
  func numberLimit(count: Int) -> Int
  /// The bytes behind the header of a message of `count` that holds `numberCount` numbers.
  func payloadByteCount(count: Int, numberCount: Int) -> Int
  /// Writes values and residual, and leaves in the residual what the receiver does not get.
  ///
  /// - Returns: how many numbers the payload holds.
  func write(
    _ values: UnsafePointer<Float>, count: Int, residual: UnsafeMutablePointer<Float>?,
    to payload: UnsafeMutableRawPointer
  ) -> Int
  /// Whether a payload of the right length can be read.
  func isValid(_ payload: UnsafeRawPointer, count: Int, numberCount: Int) -> Bool
  /// Sets `values` to the numbers of a valid payload.
  func read(
    _ payload: UnsafeRawPointer, count: Int, numberCount: Int,
    into values: UnsafeMutablePointer<Float>)
  /// Adds the numbers of a valid payload to `values`.
  func add(
    _ payload: UnsafeRawPointer, count: Int, numberCount: Int,
    to values: UnsafeMutablePointer<Float>)
}

extension Compression {
  /// The name, with the options where there are any: what `CompressionRegistry` reads.
  package var namedValue: Value {
    entries.isEmpty
      ? Value(.string(Self.name)) : Value(.map([.init(Self.name, Value(.map(entries)))]))
  }

  /// The name, with the options where there are any, in words: `topk, fraction 0.01`.
  package var words: String {
    ([Self.name] + entries.map { "\($0.key) \($0.value.plainText)" }).joined(separator: ", ")
  }

  /// No.
  package static var isExact: Bool { false }

  /// None.
  package var entries: [Value.Entry] { [] }

  /// The kind is enough.
  package var layout: UInt32 { 0 }

  /// All of them.
  package func numberLimit(count: Int) -> Int { count }

  /// Where any bytes are numbers: when there are as many as there should be.
  package func isValid(_ payload: UnsafeRawPointer, count: Int, numberCount: Int) -> Bool {
    numberCount == count
  }
}

internal import CKernels
internal import Configuration

extension Compression {
  /// The most bytes that a message of `count` numbers has.
  package func byteLimit(count: Int) -> Int {
    MessageHeader.byteCount
      + payloadByteCount(count: count, numberCount: numberLimit(count: count))
  }

  /// Writes a message of values and residual, and leaves in the residual what the receiver does not get.
  ///
  /// p = values + residual; message = C(p); residual = p - D(message): algorithm 1 of Karimireddy et al.
  /// Without a residual p is the values, and what the receiver does not get is lost. NaN and infinity reach
  /// the receiver, once: in the residual a 0 stands for them.
  /// - Parameters:
  ///   - values: `count` numbers.
  ///   - count: Less than 2^32.
  ///   - residual: As many, zero before the first message; other memory than the values.
  ///   - bytes: At least `byteLimit` of them, at any address.
  /// - Returns: The length of the message.
  package func encode(
    _ values: UnsafePointer<Float>, count: Int, residual: UnsafeMutablePointer<Float>?,
    into bytes: UnsafeMutableRawBufferPointer
  ) -> Int {
    let limit = byteLimit(count: count)
    guard let base = bytes.baseAddress, bytes.count >= limit else {
      preconditionFailure("\(bytes.count) bytes for a message of up to \(limit)")
    }
    let payload = base + MessageHeader.byteCount
    let numberCount =
      count == 0 ? 0 : write(values, count: count, residual: residual, to: payload)
    MessageHeader(
      number: Self.number, layout: layout, count: UInt32(count), numberCount: UInt32(numberCount)
    ).store(in: base)
    return MessageHeader.byteCount + payloadByteCount(count: count, numberCount: numberCount)
  }

  /// Sets `values` to the numbers of a message; of a damaged one to nothing.
  ///
  /// - Throws: `DistributedError` when the message is not one of `count` numbers of this compression.
  package func decode(
    _ message: UnsafeRawBufferPointer, into values: UnsafeMutablePointer<Float>, count: Int
  ) throws(DistributedError) {
    let (payload, numberCount) = try opened(message, count: count)
    read(payload, count: count, numberCount: numberCount, into: values)
  }

  /// Adds the numbers of a message to `values`; of a damaged one nothing.
  ///
  /// - Throws: `DistributedError` when the message is not one of `count` numbers of this compression.
  package func add(
    _ message: UnsafeRawBufferPointer, to values: UnsafeMutablePointer<Float>, count: Int
  ) throws(DistributedError) {
    let (payload, numberCount) = try opened(message, count: count)
    add(payload, count: count, numberCount: numberCount, to: values)
  }

  /// Writes a message of what `values` are beside `known`, which the receiver has, and brings `known` to
  /// what the receiver has when it has added the message.
  ///
  /// So a sender's memory of what it has sent is the error feedback: both sides' numbers are the same to the
  /// bit, on any CPU, and come as near to the values as the messages allow. All of them must be finite.
  /// - Parameters:
  ///   - values: `count` numbers.
  ///   - known: As many; at the start what both sides have.
  ///   - scratch: As many.
  ///   - count: Less than 2^32.
  ///   - bytes: At least `byteLimit` of them, at any address.
  /// - Returns: The length of the message.
  package func encodeChange(
    to values: UnsafePointer<Float>, from known: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, count: Int, into bytes: UnsafeMutableRawBufferPointer
  ) -> Int {
    ck_scaled_change(count, 1, values, known, scratch)
    let length = encode(scratch, count: count, residual: nil, into: bytes)
    let header = MessageHeader(UnsafeRawBufferPointer(bytes))
    if let header, let base = bytes.baseAddress {
      add(
        UnsafeRawPointer(base + MessageHeader.byteCount), count: count,
        numberCount: Int(header.numberCount), to: known)
    }
    return length
  }

  /// The payload of a message that is whole.
  private func opened(
    _ message: UnsafeRawBufferPointer, count: Int
  ) throws(DistributedError) -> (payload: UnsafeRawPointer, numberCount: Int) {
    guard let header = MessageHeader(message), let base = message.baseAddress else {
      throw refusal("has \(message.count) bytes, which is less than a header", count)
    }
    guard header.number == Self.number, header.layout == layout else {
      throw refusal("is one of another kind", count)
    }
    guard header.count == count else {
      throw refusal("is one of \(header.count) numbers", count)
    }
    let numberCount = Int(header.numberCount)
    let payload = base + MessageHeader.byteCount
    let due = MessageHeader.byteCount + payloadByteCount(count: count, numberCount: numberCount)
    guard numberCount <= numberLimit(count: count), message.count == due else {
      throw refusal("has \(message.count) bytes where \(due) are due", count)
    }
    guard isValid(payload, count: count, numberCount: numberCount) else {
      throw refusal("has a scale, a place or a count that cannot be", count)
    }
    return (payload, numberCount)
  }

  private func refusal(_ found: String, _ count: Int) -> DistributedError {
    DistributedError(
      "a message of \(count) numbers (compression \(words)) \(found): it is damaged, or the ranks run "
        + "different jobs or versions of Sounder; start all of them with one binary and one job file",
      exitCode: ExitCode.fault)
  }
}

/// What stands before the numbers of a message, in the byte order of the machine.
private struct MessageHeader {
  static let byteCount = 16
  /// "SC" and the version of the layout; the lowest byte is the kind's.
  private static let mark: UInt32 = 0x5343_0100

  var number: UInt8
  var layout: UInt32
  var count: UInt32
  var numberCount: UInt32

  init(number: UInt8, layout: UInt32, count: UInt32, numberCount: UInt32) {
    (self.number, self.layout, self.count) = (number, layout, count)
    self.numberCount = numberCount
  }

  /// Reads the first bytes of a message; nil: they are none.
  init?(_ message: UnsafeRawBufferPointer) {
    guard message.count >= Self.byteCount else { return nil }
    let kind = message.loadUnaligned(as: UInt32.self)
    // Not a message at all: of a kind that nobody has.
    number = kind & ~0xff == Self.mark ? UInt8(kind & 0xff) : 0
    layout = message.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
    count = message.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
    numberCount = message.loadUnaligned(fromByteOffset: 12, as: UInt32.self)
  }

  func store(in bytes: UnsafeMutableRawPointer) {
    bytes.storeBytes(of: Self.mark | UInt32(number), as: UInt32.self)
    bytes.storeBytes(of: layout, toByteOffset: 4, as: UInt32.self)
    bytes.storeBytes(of: count, toByteOffset: 8, as: UInt32.self)
    bytes.storeBytes(of: numberCount, toByteOffset: 12, as: UInt32.self)
  }
}

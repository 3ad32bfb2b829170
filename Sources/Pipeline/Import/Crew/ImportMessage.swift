import Configuration

/// What one process of an import tells others: numbers, texts and bytes, or why it has failed.
///
/// It goes between processes of one program on machines of one kind, and so is not checked.
struct ImportMessage {
  /// What is sent.
  private(set) var bytes: [UInt8] = []

  /// Begins a message.
  init() { append(0) }

  /// Says that this process cannot go on, and why.
  init(failure: any Error) {
    append(Int((failure as? any ExitCoded)?.exitCode ?? ExitCode.fault))
    append("\(failure)")
  }

  /// Begins another message in the same memory.
  mutating func restart() {
    bytes.removeAll(keepingCapacity: true)
    append(0)
  }

  /// Appends a number.
  mutating func append(_ number: Int) {
    withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
  }

  /// Appends a number.
  mutating func append(_ number: Double) { append(Int(bitPattern: UInt(number.bitPattern))) }

  /// Appends a truth.
  mutating func append(_ truth: Bool) { append(truth ? 1 : 0) }

  /// Appends a text.
  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  /// Appends bytes; a reader finds them at a multiple of 8.
  mutating func append(_ some: UnsafeRawBufferPointer) {
    append(some.count)
    bytes.append(contentsOf: some)
    pad()
  }

  private mutating func pad() {
    bytes.append(contentsOf: repeatElement(0, count: -bytes.count & 7))
  }
}

extension ImportMessage {
  /// Takes a message apart, in the order in which it was made.
  struct Reader {
    private let bytes: [UInt8]
    private var place = 0

    /// Begins to read.
    ///
    /// - Throws: `PipelineError` where the process that sent the message has failed.
    init(_ bytes: [UInt8]) throws(PipelineError) {
      self.bytes = bytes
      let code = number()
      guard code == 0 else { throw PipelineError(text(), exitCode: Int32(code)) }
    }

    /// The next number.
    mutating func number() -> Int {
      defer { place += 8 }
      return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: Int.self) }
    }

    /// The next number.
    mutating func double() -> Double { Double(bitPattern: UInt64(UInt(bitPattern: number()))) }

    /// The next truth.
    mutating func truth() -> Bool { number() != 0 }

    /// The next text.
    mutating func text() -> String { some { String(decoding: $0, as: UTF8.self) } }

    /// Gives the next bytes to `body`.
    mutating func some<Result>(
      _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
      let count = number()
      let start = place
      place += (count + 7) & ~7
      return try bytes.withUnsafeBytes {
        try body(UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
      }
    }
  }
}

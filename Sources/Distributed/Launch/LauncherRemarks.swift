internal import Configuration

/// Takes the launcher's own remarks out of a stream that otherwise belongs to the ranks.
///
/// A launcher tells in a block of its own that a rank has failed, after the rank has said why. The
/// blocks are kept aside: where no rank said anything, they hold the only reason there is.
package struct LauncherRemarks {
  /// Makes a filter at the start of a stream.
  package init() {}

  /// Whether a rank has ended with an error line of ours.
  package private(set) var ranksHaveSpoken = false
  /// What the first such line says; nil: there was none, or it is not whole.
  package private(set) var spoken: String?
  /// The exit code that rank 0 told of; nil: it told of none, since it is 0 or this is not its stream.
  package private(set) var code: Int32?
  /// The lines that were kept aside.
  package private(set) var remarks: [String] = []

  private var line: [UInt8] = []
  private var lineIsPassing = false
  /// What has come of the line by which a rank speaks.
  private var speech: [UInt8]?
  private var followsReturn = false
  private var block: Block?

  /// The frame of a block that is being read.
  private enum Block {
    /// Open MPI: until the next line of dashes.
    case dashes
    /// MPICH: until the next line of equals signs.
    case equals
  }

  /// The bytes of `input` that are for the user.
  ///
  /// What cannot be a remark passes at once, so that a progress bar moves: it ends its line with a
  /// carriage return.
  package mutating func filter(_ input: some Sequence<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    for byte in input {
      let endsLine = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
      defer { if endsLine { followsReturn = byte == UInt8(ascii: "\r") } }
      if lineIsPassing {
        output.append(byte)
        lineIsPassing = !endsLine
        hear(byte, endsLine: endsLine)
      } else if endsLine {
        if !keepAside() { output += line + [byte] }
        line.removeAll(keepingCapacity: true)
      } else {
        line.append(byte)
        guard block == nil, !mayBecomeRemark else { continue }
        // The progress bar that an error line overwrites may be longer than the line.
        if followsReturn, line.starts(with: Self.ours.utf8) { output += Array("\u{1b}[K".utf8) }
        output += line
        line.removeAll(keepingCapacity: true)
        lineIsPassing = true
      }
    }
    return output
  }

  /// Keeps the line of the first rank that speaks.
  private mutating func hear(_ byte: UInt8, endsLine: Bool) {
    guard speech != nil else { return }
    if endsLine {
      spoken = speech.map { String(decoding: $0, as: UTF8.self) }
      speech = nil
    } else {
      speech?.append(byte)
    }
  }

  /// What is left of an unfinished line.
  package mutating func finish() -> [UInt8] {
    defer { line = [] }
    return keepAside() ? [] : line
  }

  /// Adds what another stream of the same job has brought.
  package mutating func merge(_ other: LauncherRemarks) {
    ranksHaveSpoken = ranksHaveSpoken || other.ranksHaveSpoken
    spoken = spoken ?? other.spoken
    code = code ?? other.code
    remarks += other.remarks
  }

  /// What was kept aside in one line, for when no rank gave a reason.
  package var reason: String? {
    let telling = remarks.filter { line in !Self.empty.contains { line.contains($0) } }
    let signal = telling.first { $0.contains("on signal") || $0.contains("EXIT STRING") }
    if let signal { return signal }
    let sentences = telling.filter { !Self.isPlaced($0) }
    guard let first = (sentences.isEmpty ? telling : sentences).first else { return nil }
    return sentences.isEmpty ? first : sentences.prefix(6).joined(separator: " ").inOneLine
  }

  /// The variable that asks rank 0 to tell of its exit code: MPICH's launcher ends with 0 at times when ranks that
  /// were sent a signal have ended with another one.
  package static let codeVariable = "SOUNDER_TELLS_CODE"

  /// The line by which rank 0 tells.
  package static func line(code: Int32) -> String { "\(codeStart)\(code)\n" }

  // MARK: One line

  private static let ours = "sounder: error: "
  private static let codeStart = "sounder: exit code "

  /// Starts of lines that a launcher writes outside its blocks, and of the blocks' frames.
  private static let starts = [
    "---------------", "===============", "[", "Abort(", "application called MPI_Abort",
    "YOUR APPLICATION TERMINATED", "This typically refers to a problem",
    "Please see the FAQ page", "mpirun: Forwarding signal", "mpirun: killing job",
    "mpirun: abort is already",
  ]

  /// Remarks that say no more than that some rank failed.
  private static let empty = [
    "Primary job  terminated", "a non-zero exit code. Per user", "MPI_ABORT was invoked",
    "with errorcode", "NOTE: invoking MPI_ABORT", "You may or may not see",
    "exactly when Open MPI", "mpirun detected that one or more", "the job to be terminated. The",
    "Process name:", "Exit code:", "more process has sent help", "more processes have sent help",
    "Set MCA parameter", "application called MPI_Abort", "BAD TERMINATION OF ONE", "RUNNING AT",
    "EXIT CODE:", "CLEANING UP REMAINING", "YOU CAN IGNORE THE BELOW", "This typically refers",
    "Please see the FAQ", "killing job", "Forwarding signal", "abort is already in progress",
  ]

  /// Whether the line so far may turn out to be a launcher's; notes a line of ours.
  private var mayBecomeRemark: Bool {
    mutating get {
      if line.starts(with: Self.ours.utf8) {
        if !ranksHaveSpoken { speech = [] }
        ranksHaveSpoken = true
        return false
      }
      return Self.ours.utf8.starts(with: line) || Self.codeStart.utf8.starts(with: line)
        || line.starts(with: Self.codeStart.utf8)
        || Self.starts.contains { $0.utf8.starts(with: line) || line.starts(with: $0.utf8) }
    }
  }

  /// Decides about the complete line; keeps it when it is a remark.
  private mutating func keepAside() -> Bool {
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix(Self.codeStart), let told = Int32(text.dropFirst(Self.codeStart.count)) {
      code = told
      return true
    }
    let isDashes = text.count > 15 && text.allSatisfy { $0 == "-" }
    let isEquals = text.count > 15 && text.allSatisfy { $0 == "=" }
    let isRemark: Bool
    switch block {
    case .dashes:
      isRemark = true
      if isDashes { block = nil }
    case .equals:
      isRemark = true
      if isEquals { block = nil }
    case nil:
      isRemark =
        isDashes || isEquals || Self.isPlaced(text)
        || Self.starts.contains { $0 != "[" && text.hasPrefix($0) }
      if isDashes { block = .dashes }
      if isEquals { block = .equals }
    }
    let isFrame = isDashes || isEquals || text.isEmpty
    if isRemark, !isFrame, remarks.count < 200 { remarks.append(text) }
    return isRemark
  }

  /// Whether the line has Open MPI's `[host:pid]` before it.
  private static func isPlaced(_ text: String) -> Bool {
    guard text.hasPrefix("["), let end = text.firstIndex(of: "]") else { return false }
    let place = text[text.index(after: text.startIndex)..<end].split(separator: ":")
    return place.count >= 2 && place.dropFirst().allSatisfy { $0.allSatisfy(\.isNumber) }
  }
}

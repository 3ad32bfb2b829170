internal import Configuration

/// One thing that a training needs, and whether it holds.
struct CheckItem {
  /// What was looked at: a key of the job file, or a part of the machine.
  var name: String
  /// What was found; for a failure also what to do.
  var text: String
  /// The exit code of a training that would fail because of it; nil when all is well.
  var failure: Int32?
  /// Whether a training needs another option because of it, or may.
  var isNote = false

  /// Something that holds.
  init(_ name: String, _ text: String) {
    self.name = name
    self.text = text
  }

  /// Something that holds, on a condition that the text names.
  init(_ name: String, note text: String) {
    self.init(name, text)
    isNote = true
  }

  /// Something that does not hold.
  init(_ name: String, failed error: any Error) {
    self.name = name
    if let error = error as? any ExitCoded {
      text = ErrorLine.oneLine(error.description)
      failure = error.exitCode
    } else {
      text = ErrorLine.oneLine("\(error)")
      failure = ExitCode.fault
    }
  }

  /// Something that does not hold, in words.
  init(_ name: String, failed text: String, _ exitCode: Int32 = ExitCode.data) {
    self.init(name, failed: CommandError(text, exitCode: exitCode))
  }

  /// One line for a reader.
  var line: String {
    let padding = String(repeating: " ", count: max(1, 18 - name.count))
    let state = failure != nil ? "failed  " : isNote ? "note    " : "ok      "
    return "\(state)\(name)\(padding)\(text)"
  }

  /// The same for a program.
  var value: Value {
    [
      "name": Value(.string(name)), "ok": Value(.bool(failure == nil)),
      "note": Value(.bool(isNote)),
      "text": Value(.string(text)), "exit_code": Value(.int(Int(failure ?? 0))),
    ]
  }
}

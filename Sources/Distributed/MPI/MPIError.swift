private import CMPI
public import Configuration

/// A call of the MPI library that failed.
public struct MPIError: ExitCoded, Sendable {
  /// What was being done, in words: "create a shared window of 3 MB".
  public let request: String
  /// MPI's error code.
  public let code: Int32
  /// What the library says about it, in one line.
  public let reason: String
  /// Whether nothing failed here: the rank was called out of a wait (see `Interrupt`).
  public let isInterruption: Bool
  /// Whether the library said that it failed; else this package found out by itself.
  var isOfLibrary: Bool { code != cmpi_success() }
  /// The whole line, where it is not the library that failed.
  private let statement: String?

  /// Throws unless `code` is MPI's success.
  static func check(_ code: Int32, _ request: @autoclosure () -> String) throws(MPIError) {
    guard code != cmpi_success() else { return }
    throw MPIError(request: request(), code: code)
  }

  /// Nothing of the library failed: `statement` says what did.
  init(statement: String) {
    self.statement = statement
    (request, reason, code, isInterruption) = ("", "", cmpi_success(), false)
  }

  init(request: String, reason: String, isInterruption: Bool = false) {
    statement = nil
    self.request = request
    self.reason = reason
    self.isInterruption = isInterruption
    code = cmpi_success()
  }

  init(request: String, code: Int32) {
    statement = nil
    self.request = request
    self.code = code
    isInterruption = false
    var text = [CChar](repeating: 0, count: 512)
    cmpi_error_string(code, &text, Int32(text.count))
    reason = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// One line: the request and the library's reason.
  public var description: String { statement ?? "MPI could not \(request): \(reason)" }

  /// 70: a fault of the MPI library or of the machine.
  public var exitCode: Int32 { ExitCode.fault }
}

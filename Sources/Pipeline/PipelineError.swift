public import Configuration
import HDF5

/// Data, or stages for them, that cannot be used: what was asked, what was found, what to do.
public struct PipelineError: ExitCoded, Sendable {
  /// One line that says it all.
  public let description: String
  /// The code that the program ends with; see `ExitCode`.
  public let exitCode: Int32

  /// Makes an error; wrong data unless another code is given.
  public init(_ description: String, exitCode: Int32 = ExitCode.data) {
    self.description = description
    self.exitCode = exitCode
  }

  /// The same error as one of this module.
  init(_ error: HDF5Error) {
    self.init(error.description, exitCode: error.exitCode)
  }
}

extension Group {
  /// File and group, for messages.
  var place: String { "\(file): '\(path)'" }
}

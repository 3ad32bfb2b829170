private import Configuration
private import Distributed
private import Glibc

/// The one line on standard error with which a failing command ends.
enum ErrorLine {
  /// Whether this process speaks for its job, as far as is known before MPI is up.
  static var isFirstRank: Bool { (LaunchEnvironment().rank ?? 0) == 0 }

  /// Writes `sounder: error: …` in one piece, and gives back the exit code.
  ///
  /// Before MPI is up every rank meets the same error, and the first one speaks. The others wait:
  /// Open MPI's mpirun ends them together with the first. One that is still alive then has met an
  /// error of its own, such as a file that is not on its node. Other launchers end nobody: there it
  /// leaves without a word.
  static func show(_ message: String, exitCode: Int32) -> Int32 {
    var place = ""
    if !isFirstRank {
      sleep(3)
      guard getenv("OMPI_COMM_WORLD_RANK") != nil else { return exitCode }
      place = LaunchEnvironment().rank.map { "rank \($0): " } ?? ""
    }
    StandardError.write("sounder: error: \(place)\(oneLine(message))\n")
    return exitCode
  }

  /// `text` with its line breaks and runs of spaces made single spaces.
  static func oneLine(_ text: String) -> String {
    text.inOneLine
  }
}

/// Standard error, unbuffered.
enum StandardError {
  /// Writes all of `text`; a closed or full standard error is nobody's to tell.
  static func write(_ text: String) {
    let bytes = Array(text.utf8)
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(STDERR_FILENO, buffer.baseAddress.map { $0 + offset }, bytes.count - offset)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      offset += count
    }
  }
}

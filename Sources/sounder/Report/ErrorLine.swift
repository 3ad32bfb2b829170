private import Glibc

/// The one line on standard error with which a failing command ends.
enum ErrorLine {
  /// Writes `sounder: error: …` in one piece, and gives back the exit code.
  ///
  /// Among several ranks the first one speaks: before MPI is up every rank meets the same error.
  /// The others leave a moment later, so that the launcher, which ends a job with its first failing
  /// rank, does not end the one that speaks.
  static func show(_ message: String, exitCode: Int32) -> Int32 {
    guard LaunchedRank.current.isFirst else {
      usleep(500_000)
      return exitCode
    }
    StandardError.write("sounder: error: \(oneLine(message))\n")
    return exitCode
  }

  /// `text` with its line breaks and runs of spaces made single spaces.
  static func oneLine(_ text: String) -> String {
    text.split { $0.isNewline || $0 == " " || $0 == "\t" }.joined(separator: " ")
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

private import Distributed
private import FoundationEssentials
private import Glibc

/// What stands at the other end of standard error.
struct Terminal: Equatable {
  /// The width in characters; 0 when it is no terminal.
  let columns: Int

  /// Whether a line can be drawn over and over.
  var isInteractive: Bool { columns > 0 }

  /// The variable by which `--ranks` tells its ranks what it saw: their own end is a pipe.
  static let variable = "SOUNDER_TERMINAL"

  /// Looks at standard error, or, under a launcher, at the launcher's.
  static var standardError: Terminal {
    if let text = ProcessInfo.processInfo.environment[variable], let columns = Int(text) {
      return Terminal(columns: columns)
    }
    if isatty(STDERR_FILENO) == 1 { return Terminal(columns: width(of: STDERR_FILENO)) }
    guard LaunchEnvironment().isLaunched else { return Terminal(columns: 0) }
    return behind(process: getppid())
  }

  /// The terminal behind another process's standard error.
  private static func behind(process: pid_t) -> Terminal {
    let link = "/proc/\(process)/fd/2"
    guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: link),
      path.hasPrefix("/dev/pts/") || path.hasPrefix("/dev/tty") || path == "/dev/console"
    else { return Terminal(columns: 0) }
    let descriptor = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else { return Terminal(columns: 80) }
    defer { close(descriptor) }
    return Terminal(columns: width(of: descriptor))
  }

  private static func width(of descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}

private import CShared
private import Configuration
private import Glibc

/// How a process ended.
package enum ProcessEnd: Equatable {
  case exited(Int32)
  case signalled(Int32)
}

/// A child in a process group of its own, so that a terminal's Ctrl-C reaches only its parent.
package struct ChildProcess {
  /// The process id.
  package let id: Int32

  /// Starts `arguments[0]`.
  ///
  /// - Parameters:
  ///   - arguments: The program's path and its arguments.
  ///   - environment: All variables of the child; nil keeps the caller's.
  ///   - standardInput: The file descriptor that becomes the child's standard input; nil: nothing there.
  ///   - standardOutput: The file descriptor that becomes the child's standard output.
  ///   - standardError: The file descriptor that becomes the child's standard error.
  /// - Throws: `DistributedError` when the program cannot be started.
  package init(
    _ arguments: [String], environment: [String: String]? = nil, standardInput: Int32? = nil,
    standardOutput: Int32, standardError: Int32
  ) throws(DistributedError) {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    if let standardInput {
      posix_spawn_file_actions_adddup2(&actions, standardInput, STDIN_FILENO)
    } else {
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, standardOutput, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, standardError, STDERR_FILENO)
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    posix_spawnattr_setflags(&attributes, Int16(flags))

    var child: pid_t = 0
    let code = Self.withStrings(arguments) { argv in
      guard let environment else {
        return posix_spawn(&child, arguments[0], &actions, &attributes, argv, environ)
      }
      return Self.withStrings(environment.map { "\($0.key)=\($0.value)" }) { envp in
        posix_spawn(&child, arguments[0], &actions, &attributes, argv, envp)
      }
    }
    guard code == 0 else {
      throw DistributedError(
        "cannot start \(arguments[0]): \(String(cString: strerror(code)))",
        exitCode: ExitCode.fault)
    }
    id = child
  }

  /// A descriptor that can be read from once the child has ended; nil where the kernel has none.
  ///
  /// The caller closes it.
  package func endDescriptor() -> Int32? {
    let descriptor = cs_process_descriptor(id)
    return descriptor < 0 ? nil : descriptor
  }

  /// Sends a signal to the child alone, or to all of its process group.
  package func send(_ signal: Int32, toGroup: Bool = false) { kill(toGroup ? -id : id, signal) }

  /// Waits for the end.
  package func wait() -> ProcessEnd {
    poll(options: 0) ?? .exited(ExitCode.fault)
  }

  /// How the child has ended; nil while it runs.
  package func poll() -> ProcessEnd? {
    poll(options: WNOHANG)
  }

  private func poll(options: Int32) -> ProcessEnd? {
    var status: Int32 = 0
    while true {
      let ended = waitpid(id, &status, options)
      if ended == 0 { return nil }
      if ended == id { break }
      guard errno == EINTR else { return .exited(ExitCode.fault) }
    }
    let signal = status & 0x7f
    return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
  }

  /// Runs a short command and gives back what it prints.
  package static func output(of arguments: [String]) throws(DistributedError) -> String {
    try run(arguments).output
  }

  /// Runs a short command; what it prints, and how it ended.
  package static func run(
    _ arguments: [String]
  ) throws(DistributedError) -> (output: String, end: ProcessEnd) {
    let pipe = try Pipe()
    let child: ChildProcess
    do {
      defer { close(pipe.writeEnd) }
      child = try ChildProcess(
        arguments, standardOutput: pipe.writeEnd, standardError: pipe.writeEnd)
    }
    defer { close(pipe.readEnd) }
    var text: [UInt8] = []
    while let bytes = Pipe.read(pipe.readEnd), !bytes.isEmpty { text += bytes }
    return (String(decoding: text, as: UTF8.self), child.wait())
  }

  private static func withStrings<R>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R
  ) -> R {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
  }
}

package import Distributed
private import Glibc

/// How a step has ended.
package struct StepEnd {
  /// Its exit code or signal.
  package var end: ProcessEnd
  /// What the launcher said about it.
  package var launcherReason: String?
  /// The last lines of its output.
  package var lastLines: [String]
  /// Whether it had to be killed after it was asked to stop.
  package var wasKilled: Bool
}

/// One child process that runs a trial, perhaps a launcher with ranks of its own.
package final class Step {
  /// The program, in a process group of its own.
  private let child: ChildProcess
  /// Readable once the child has ended; nil where the kernel cannot say.
  let endDescriptor: Int32?
  private(set) var output: LineBuffer
  private(set) var errors: LineBuffer
  private var input: Int32?
  private let isLauncher: Bool
  private var lastLines: [String] = []
  /// When it will be killed; nil while nobody has asked it to stop.
  private(set) var killTime: Double?
  private var wasKilled = false

  private static let lastLineCount = 8

  /// Starts the program.
  ///
  /// - Parameters:
  ///   - arguments: The program's path and its arguments.
  ///   - environment: All its variables.
  ///   - isLauncher: Whether it is mpirun or srun: it passes signals on by itself.
  ///   - takesInput: Whether `send` is going to be used.
  /// - Throws: `DistributedError` when the program cannot be started.
  package init(
    _ arguments: [String], environment: [String: String], isLauncher: Bool, takesInput: Bool
  ) throws(DistributedError) {
    let outputPipe = try Pipe()
    defer { close(outputPipe.writeEnd) }
    let errorPipe = try Pipe()
    defer { close(errorPipe.writeEnd) }
    let inputPipe = takesInput ? try Pipe() : nil
    defer { if let inputPipe { close(inputPipe.readEnd) } }
    do {
      child = try ChildProcess(
        arguments, environment: environment, standardInput: inputPipe?.readEnd,
        standardOutput: outputPipe.writeEnd, standardError: errorPipe.writeEnd)
    } catch {
      close(outputPipe.readEnd)
      close(errorPipe.readEnd)
      if let inputPipe { close(inputPipe.writeEnd) }
      throw error
    }
    endDescriptor = child.endDescriptor()
    output = LineBuffer(outputPipe.readEnd, isLaunchers: isLauncher)
    errors = LineBuffer(errorPipe.readEnd, isLaunchers: isLauncher)
    input = inputPipe?.writeEnd
    self.isLauncher = isLauncher
  }

  /// The process id.
  package var id: Int32 { child.id }

  /// The lines that have arrived on both outputs.
  func read() -> [String] {
    let lines = output.read() + errors.read()
    lastLines = (lastLines + lines.suffix(Self.lastLineCount)).suffix(Self.lastLineCount)
    return lines
  }

  /// Writes a line to the standard input of the program; mpirun and srun pass it on to the first rank.
  package func send(_ line: String) {
    if let input { Pipe.write(Array((line + "\n").utf8), to: input) }
  }

  /// Asks the program to stop, and kills it when it has not done so after the grace.
  package func stop(_ signal: Int32, now: Double, graceSeconds: Double) {
    guard killTime == nil else { return }
    killTime = now + graceSeconds
    child.send(signal, toGroup: !isLauncher)
  }

  /// Kills the program when it has not ended after the grace; somebody has told it to by other means.
  package func killLater(now: Double, graceSeconds: Double) {
    killTime = min(killTime ?? .infinity, now + graceSeconds)
  }

  /// Kills what is left, when the grace is over.
  func killIfDue(now: Double) {
    guard let killTime, now >= killTime else { return }
    if isLauncher, !wasKilled {
      // A launcher that is killed leaves ranks on other nodes behind: it gets a chance to end them.
      child.send(SIGTERM)
      child.send(SIGINT)
      child.send(SIGINT)
      self.killTime = now + 3
    } else {
      for process in ProcessTree.descendants(of: child.id) { kill(process, SIGKILL) }
      child.send(SIGKILL, toGroup: true)
      self.killTime = now + 1
    }
    wasKilled = true
  }

  /// How the program has ended, and its last lines; nil while it runs.
  func poll() -> (end: StepEnd, lines: [String])? {
    if let endDescriptor {
      var polled = pollfd(fd: endDescriptor, events: Int16(POLLIN), revents: 0)
      guard Glibc.poll(&polled, 1, 0) > 0 else { return nil }
      // Before its id is given back: what it has left in its group must not keep the slots.
      child.send(SIGKILL, toGroup: true)
    }
    guard let end = child.poll() else { return nil }
    if let endDescriptor { close(endDescriptor) }
    if let input { close(input) }
    input = nil
    let lines = read() + output.finish() + errors.finish()
    lastLines = (lastLines + lines).suffix(Self.lastLineCount)
    return (
      StepEnd(
        end: end, launcherReason: errors.reason ?? output.reason, lastLines: lastLines,
        wasKilled: wasKilled), lines
    )
  }
}

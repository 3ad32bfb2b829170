internal import Distributed
private import Glibc

/// A running mpirun: its output on the way to the user, the user's signals on the way to its ranks.
struct LaunchedJob {
  /// What the launcher itself had to say.
  private(set) var remarks = LauncherRemarks()
  /// Whether the user asked for an end.
  private(set) var wasAskedToStop = false
  /// Whether the user asked a second time.
  private(set) var wasKilled = false
  /// Whether the launcher hung when its job had ended, and was killed.
  private(set) var hung = false
  /// Whether the launcher had come to start its ranks.
  var hasBegun: Bool { watch.hasCaught }

  private let child: ChildProcess
  private var watch: LauncherWatch
  private var streams: [Stream]
  private var forwarded = StopRequests()

  /// One output of the launcher, and where it goes.
  private struct Stream {
    var source: Int32
    var destination: Int32
    var remarks = LauncherRemarks()
  }

  /// Starts mpirun.
  ///
  /// - Parameters:
  ///   - arguments: The launcher's path and its arguments.
  ///   - environment: All variables of the launcher.
  ///   - filtersStandardOutput: Whether the launcher's remarks come on standard output, too.
  /// - Throws: `DistributedError` when the launcher cannot be started.
  init(
    arguments: [String], environment: [String: String], filtersStandardOutput: Bool
  ) throws(DistributedError) {
    StopRequests.listen()
    Orphans.adopt()
    let errors = try Pipe()
    streams = [Stream(source: errors.readEnd, destination: STDERR_FILENO)]
    let output = filtersStandardOutput ? try Pipe() : nil
    if let output { streams.append(Stream(source: output.readEnd, destination: STDOUT_FILENO)) }
    child = try ChildProcess(
      arguments, environment: environment, standardOutput: output?.writeEnd ?? STDOUT_FILENO,
      standardError: errors.writeEnd)
    watch = LauncherWatch(child.id)
    close(errors.writeEnd)
    if let output { close(output.writeEnd) }
  }

  /// Passes output and signals on until the launcher has ended, and with it all ranks.
  ///
  /// A launcher that was killed, or gave up, may leave some behind: they are killed before they can write what
  /// the next ones are to read.
  mutating func wait() -> ProcessEnd {
    var end: ProcessEnd?
    while !streams.isEmpty || end == nil {
      var polled = streams.map { pollfd(fd: $0.source, events: Int16(POLLIN), revents: 0) }
      // Where the pipes are closed, whoever still runs is about to end.
      let ready = poll(&polled, nfds_t(polled.count), streams.isEmpty ? 20 : 50)
      if end == nil {
        forwardSignals()
        if !hung, watch.hangs() {
          hung = true
          child.send(SIGKILL)
        }
        end = child.poll()
        if let end, end != .exited(0) { Orphans.end() }
      }
      guard ready > 0 else { continue }
      for index in streams.indices.reversed() where polled[index].revents != 0 { pass(index) }
    }
    return end ?? .exited(0)
  }

  /// Moves what one stream has to its destination.
  private mutating func pass(_ index: Int) {
    let bytes = Pipe.read(streams[index].source) ?? []
    if bytes.isEmpty {
      Pipe.write(streams[index].remarks.finish(), to: streams[index].destination)
      close(streams[index].source)
      remarks.merge(streams[index].remarks)
      streams.remove(at: index)
    } else {
      Pipe.write(streams[index].remarks.filter(bytes), to: streams[index].destination)
    }
  }

  /// A request to end becomes a checkpoint, an impatient one an end.
  private mutating func forwardSignals() {
    let arrived = StopRequests.arrived
    guard arrived != forwarded else { return }
    forwarded = arrived
    if arrived.interruptCount > 1 {
      wasKilled = true
      kill(child.id, SIGTERM)
    } else {
      wasAskedToStop = true
      kill(child.id, SIGUSR1)
    }
  }
}

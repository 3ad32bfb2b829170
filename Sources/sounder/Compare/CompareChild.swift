private import Configuration
internal import Distributed
private import Glibc

/// One training of a comparison as a process of its own, which starts the ranks.
struct CompareChild {
  /// What it has printed.
  private(set) var output: [UInt8] = []
  /// Its last error line, without the program's name.
  private(set) var error: String?
  /// Whether the user asked for an end.
  private(set) var wasAskedToStop = false

  private let child: ChildProcess
  private var streams: [Int32]
  private let outputEnd: Int32
  private let showsErrors: Bool
  private var line: [UInt8] = []
  private var forwarded = StopRequests.arrived

  /// Starts the command line `arguments`; its remarks are shown unless the user wants none.
  init(
    _ arguments: [String], environment: [String: String], showsErrors: Bool
  ) throws(DistributedError) {
    self.showsErrors = showsErrors
    let (output, errors) = (try Pipe(), try Pipe())
    defer {
      close(output.writeEnd)
      close(errors.writeEnd)
    }
    child = try ChildProcess(
      arguments, environment: environment, standardOutput: output.writeEnd,
      standardError: errors.writeEnd)
    outputEnd = output.readEnd
    streams = [output.readEnd, errors.readEnd]
  }

  /// Takes what it prints and passes signals on until it has ended; its exit code.
  ///
  /// The first request to end becomes the child's: it leaves at its next batch. A second one ends it at
  /// once.
  mutating func wait() -> Int32 {
    while !streams.isEmpty {
      var polled = streams.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      let ready = poll(&polled, nfds_t(polled.count), 50)
      forwardSignals()
      guard ready > 0 else { continue }
      for index in streams.indices.reversed() where polled[index].revents != 0 { take(index) }
    }
    var end = child.poll()
    while end == nil {
      forwardSignals()
      usleep(20_000)
      end = child.poll()
    }
    return switch end {
    case .exited(let code)?: code
    case .signalled(let signal)?: 128 + signal
    case nil: ExitCode.fault
    }
  }

  private mutating func take(_ index: Int) {
    let bytes = Pipe.read(streams[index]) ?? []
    if bytes.isEmpty {
      close(streams.remove(at: index))
    } else if streams[index] == outputEnd {
      output += bytes
    } else {
      if showsErrors { Pipe.write(Array(bytes), to: STDERR_FILENO) }
      hear(bytes)
    }
  }

  /// Looks for error lines.
  private mutating func hear(_ bytes: ArraySlice<UInt8>) {
    for byte in bytes {
      guard byte == UInt8(ascii: "\n") else {
        if line.count < 4096 { line.append(byte) }
        continue
      }
      let text = String(decoding: line, as: UTF8.self)
      line.removeAll(keepingCapacity: true)
      if let range = text.firstRange(of: "sounder: error: ") {
        error = String(text[range.upperBound...])
      }
    }
  }

  private mutating func forwardSignals() {
    let arrived = StopRequests.arrived
    guard arrived != forwarded else { return }
    forwarded = arrived
    // An interrupt is counted by the child's launcher: its second one ends the ranks at once.
    child.send(arrived.interruptCount > 0 ? SIGINT : SIGTERM)
    wasAskedToStop = true
  }
}

public import Foundation

/// A program of this package, run as a user runs it.
public struct Program: Sendable {
  /// The file that is run.
  public let path: String

  /// How many times as long as its limit a program may take: limits are for a machine that has nothing else to do,
  /// and a suite runs beside builds and other suites.
  ///
  /// A program that hangs is found all the same, and no test that passes takes longer.
  public static let patience = 4.0

  /// Looks until `found` gives something; nil when it does not within `timeoutSeconds`, with patience.
  public static func wait<Found>(
    timeoutSeconds: Double = 30, _ found: () throws -> Found?
  ) rethrows -> Found? {
    let end = Date().addingTimeInterval(patience * timeoutSeconds)
    while Date() < end {
      if let found = try found() { return found }
      usleep(10_000)
    }
    return nil
  }

  /// The product `name`, which is built beside the test bundle, or the program at an absolute path.
  public init(_ name: String = "sounder") {
    guard !name.hasPrefix("/") else {
      path = name
      return
    }
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    path = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(name).path
  }

  /// Runs the program to its end.
  ///
  /// - Parameters:
  ///   - arguments: What stands behind the program's name.
  ///   - ranks: The number of ranks under `mpirun`; nil runs the program alone.
  ///   - folder: The working directory.
  ///   - environment: Variables beside this process's own.
  ///   - timeoutSeconds: The time after which, with patience, the program is ended; that is a failed run.
  /// - Returns: What the program left behind.
  /// - Throws: What Foundation throws for a program that cannot be started.
  public func run(
    _ arguments: [String], ranks: Int? = nil, in folder: URL? = nil,
    environment: [String: String] = [:], timeoutSeconds: Double = 60
  ) throws -> Run {
    let running = try start(arguments, ranks: ranks, in: folder, environment: environment)
    return running.wait(timeoutSeconds: timeoutSeconds)
  }

  /// Starts the program and lets it run.
  public func start(
    _ arguments: [String], ranks: Int? = nil, in folder: URL? = nil,
    environment: [String: String] = [:]
  ) throws -> RunningProgram {
    var line = [path] + arguments
    if let ranks { line = Launch.prefix(ranks) + line }
    return try RunningProgram(
      line, folder, Launch.environment.merging(environment) { _, new in new })
  }

  /// What a program that has ended left behind.
  public struct Run: Sendable {
    /// The exit code; 128 and the signal's number when a signal ended the program.
    public var status: Int32
    /// Standard output.
    public var output: String
    /// Standard error.
    public var errors: String
    /// Whether the program was ended because it took too long.
    public var timedOut: Bool
    /// How long it ran.
    public var seconds: Double

    /// The lines of standard error that begin with `sounder: error:`.
    public var errorLines: [String] {
      errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix("sounder: error:") }
    }
  }
}

/// A program that may still run.
public final class RunningProgram {
  private let process = Process()
  private let scratch: URL
  private let begin = Date()

  /// The program's process id.
  public var id: Int32 { process.processIdentifier }
  /// Whether it runs.
  public var isRunning: Bool { process.isRunning }

  init(_ line: [String], _ folder: URL?, _ environment: [String: String]) throws {
    scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("sounder-run-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    process.executableURL = URL(fileURLWithPath: line[0])
    process.arguments = Array(line.dropFirst())
    process.environment = environment
    if let folder { process.currentDirectoryURL = folder }
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: whatever the program writes, nobody has to keep up with it.
    process.standardOutput = try handle("out")
    process.standardError = try handle("err")
    try Self.withoutSignalMask { try process.run() }
  }

  /// Runs `body` with no signal blocked in this thread.
  ///
  /// A child inherits the mask of the thread that starts it, and threads of a pool block nearly all:
  /// an `mpirun` with such a mask never hears of SIGUSR1 and passes it on to nobody.
  private static func withoutSignalMask(_ body: () throws -> Void) rethrows {
    var none = sigset_t()
    var own = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &own)
    defer { pthread_sigmask(SIG_SETMASK, &own, nil) }
    try body()
  }

  deinit { try? FileManager.default.removeItem(at: scratch) }

  /// Sends a signal to the program, not to what it has started.
  public func send(_ signal: Int32) { kill(id, signal) }

  /// What the program has written to standard error so far.
  public var errorsSoFar: String { text("err") }

  /// Waits until standard error has `words`, with patience; whether it came to that.
  public func waitForErrors(containing words: String, timeoutSeconds: Double = 60) -> Bool {
    let end = Date().addingTimeInterval(Program.patience * timeoutSeconds)
    while Date() < end {
      if errorsSoFar.contains(words) { return true }
      if !process.isRunning { return errorsSoFar.contains(words) }
      usleep(10_000)
    }
    return false
  }

  /// Waits for the end, and makes one when it takes too long: `timeoutSeconds` from now, with patience.
  public func wait(timeoutSeconds: Double = 60) -> Program.Run {
    let end = Date().addingTimeInterval(Program.patience * timeoutSeconds)
    while process.isRunning, Date() < end { usleep(5_000) }
    let timedOut = process.isRunning
    if timedOut {
      // Whoever is left behind would be waited for, too: it holds what its end is told by.
      let family = Processes.descendants(of: id)
      process.terminate()
      let grace = Date().addingTimeInterval(5)
      while process.isRunning, Date() < grace { usleep(20_000) }
      for member in [id] + family where Processes.exists(member) { kill(member, SIGKILL) }
    }
    process.waitUntilExit()
    let base: Int32 = process.terminationReason == .uncaughtSignal ? 128 : 0
    return Program.Run(
      status: base + process.terminationStatus, output: text("out"), errors: text("err"),
      timedOut: timedOut, seconds: Date().timeIntervalSince(begin))
  }

  private func handle(_ name: String) throws -> FileHandle {
    let file = scratch.appendingPathComponent(name)
    try Data().write(to: file)
    return try FileHandle(forWritingTo: file)
  }

  private func text(_ name: String) -> String {
    let data = (try? Data(contentsOf: scratch.appendingPathComponent(name))) ?? Data()
    return String(decoding: data, as: UTF8.self)
  }
}

/// How a test starts ranks.
public enum Launch {
  /// The command line up to the program.
  static func prefix(_ ranks: Int) -> [String] {
    let options = isHydra ? ["-bind-to", "none"] : ["--oversubscribe", "--bind-to", "none"]
    return ["/usr/bin/env", "mpirun"] + options + ["-n", "\(ranks)"]
  }

  /// This process's variables and the launcher's licence to run for root.
  static var environment: [String: String] {
    var variables = ProcessInfo.processInfo.environment
    // What Open MPI comes to by itself where there is no fast network, without the 0.2 s that its search takes.
    if variables["OMPI_MCA_pml"] == nil { variables["OMPI_MCA_pml"] = "ob1" }
    if geteuid() == 0 {
      variables["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
      variables["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
    }
    return variables
  }

  /// Whether `mpirun` is MPICH's.
  public static let isHydra: Bool = {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["mpirun", "--version"]
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).contains("HYDRA")
  }()
}

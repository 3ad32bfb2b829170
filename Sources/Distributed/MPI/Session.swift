internal import CMPI
internal import CShared
internal import Configuration
internal import HDF5
private import Glibc

/// One run of MPI, from start to end, in this process.
public enum Session {
  /// Starts MPI, runs `body` with the world, and ends MPI; gives the process's exit code.
  ///
  /// Call it once in a process. When `body` throws on any rank, that rank prints one line and the
  /// whole job ends with the error's exit code within seconds; nothing collective is called on the
  /// way, so no rank can hang. Ranks of one node that fail together print one line in all.
  /// Collective and blocking.
  ///
  /// Before MPI starts, rank 0 has a child process open the HDF5 files that `body` will read, so that one on
  /// which the library crashes is an error of one line (`FileProbe`).
  /// - Parameters:
  ///   - files: HDF5 files that `body` reads, or nil on every rank; those that are missing are its own to report.
  ///   - body: what every rank does; its result is the exit code, the same on every rank.
  /// - Returns: The process's exit code.
  public static func run(
    reading files: [String]? = nil, _ body: (borrowing Communicator) throws -> Int32
  ) -> Int32 {
    // Taken before MPI starts, which may tell a process without a world that it is rank 0.
    let launch = LaunchEnvironment()
    // For this process alone, not for those that it starts.
    let tellsCode = getenv(LauncherRemarks.codeVariable) != nil
    unsetenv(LauncherRemarks.codeVariable)
    let finding = probe(files, launch)
    do throws(MPIError) {
      try start()
      let world = try Communicator(cmpi_comm_world())
      if launch.size > 1, world.size == 1 { return refuseLoneWorld(launch) }
      let board = try FaultBoard(world)
      let code: Int32
      do {
        if files != nil { try share(finding, in: world) }
        code = try body(world)
      } catch {
        board.report(error, rank: world.rank, size: world.size)
        abort(with: Self.exitCode(of: error))
      }
      if tellsCode, code != 0, world.rank == 0 { write(LauncherRemarks.line(code: code)) }
      try world.barrier()
      try board.free()
      try MPIError.check(cmpi_finalize(), "finish")
      return code
    } catch {
      // What MPI cannot do it can do on no rank: here, without a board, rank 0 speaks first.
      let rank = launch.rank ?? 0
      if rank > 0 { FaultBoard.awaitAbort() }
      print(error, rank: rank, size: launch.size)
      FaultBoard.awaitLine()
      abort(with: error.exitCode)
    }
  }

  /// The thread level that MPI granted: `single`, `funneled`, `serialized` or `multiple`.
  ///
  /// Sounder needs `funneled`: the thread that started MPI is the only one that calls it.
  public static func threadLevel() -> String {
    switch cmpi_thread_level() {
    case cmpi_thread_single(): "single"
    case cmpi_thread_funneled(): "funneled"
    case cmpi_thread_serialized(): "serialized"
    default: "multiple"
    }
  }

  /// Name and version of the MPI library, in one line.
  ///
  /// Allowed before `run`.
  public static func libraryVersion() -> String {
    var text = [CChar](repeating: 0, count: 256)
    cmpi_library_version(&text, Int32(text.count))
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// What rank 0 finds in the files, of which another rank may see others; nil: nothing, or nobody asked.
  private static func probe(_ files: [String]?, _ launch: LaunchEnvironment) -> HDF5Error? {
    guard let files, launch.rank ?? 0 == 0 else { return nil }
    do throws(HDF5Error) {
      try FileProbe(files).check()
      return nil
    } catch { return error }
  }

  /// Throws rank 0's finding on every rank, before anybody opens the file.
  private static func share(_ finding: HDF5Error?, in world: borrowing Communicator) throws {
    let own = finding.map { Array($0.description.utf8) } ?? []
    let line = try world.broadcast(bytes: own, from: 0)
    guard !line.isEmpty else { return }
    throw DistributedError(String(decoding: line, as: UTF8.self), exitCode: ExitCode.data)
  }

  private static func start() throws(MPIError) {
    for (name, value) in LaunchEnvironment().neededSettings { setenv(name, value, 0) }
    // Open MPI 4 would start a daemon beside a process that nobody launched, which takes longer than
    // many a command's work; only MPI_Comm_spawn would need it. Without one all such processes of a
    // user share a folder, which one may remove while another enters it, and none needs. Programs that
    // we start decide themselves.
    let isAlone = !LaunchEnvironment().isLaunched
    let ours = ["OMPI_MCA_ess_singleton_isolated": "1", "OMPI_MCA_orte_create_session_dirs": "0"]
      .filter { isAlone && getenv($0.key) == nil }
    for (name, value) in ours { setenv(name, value, 0) }
    defer { for name in ours.keys { unsetenv(name) } }
    var provided: Int32 = 0
    let required = cmpi_thread_funneled()
    try MPIError.check(cmpi_init(required, &provided), "start")
    guard provided >= required else {
      throw MPIError(
        request: "start with MPI_THREAD_FUNNELED",
        reason: "this MPI grants less; use a build of it with thread support")
    }
  }

  /// A launcher of another MPI starts n worlds of size 1: every one would train alone.
  ///
  /// Every process finds that out; the first one says so, the others give it time to.
  private static func refuseLoneWorld(_ launch: LaunchEnvironment) -> Int32 {
    let library = libraryVersion().prefix { $0 != "," }
    let error = MPIError(
      request: "join the \(launch.size) launched processes into one world",
      reason: "each of them is alone in its own: start with the launcher of \(library), or, under "
        + "Slurm, with srun --mpi=pmix")
    if launch.rank ?? 0 == 0 { print(error, rank: 0, size: 1) } else { cs_sleep(1_000_000) }
    _ = cmpi_finalize()
    return error.exitCode
  }

  /// The exit code that `error` asks for; 70 for one that does not say.
  public static func exitCode(of error: any Error) -> Int32 {
    (error as? any ExitCoded)?.exitCode ?? ExitCode.fault
  }

  /// What is printed of an error.
  static func line(for error: any Error, rank: Int, size: Int) -> String {
    let place = size > 1 ? "rank \(rank): " : ""
    return "sounder: error: \(place)\(error)".replacingNewlines + "\n"
  }

  static func print(_ error: any Error, rank: Int, size: Int) {
    write(line(for: error, rank: rank, size: size))
  }

  /// Writes a line to standard error at once, so that lines of several ranks cannot mix.
  private static func write(_ line: String) {
    _ = line.utf8.withContiguousStorageIfAvailable { Glibc.write(2, $0.baseAddress, $0.count) }
  }

  static func abort(with code: Int32) -> Never {
    fflush(nil)
    let alone = LaunchEnvironment().size == 1
    if cmpi_is_initialized() != 0, cmpi_is_finalized() == 0, !alone { cmpi_abort(code) }
    exit(code)
  }
}

extension String {
  fileprivate var replacingNewlines: String {
    String(map { $0.isNewline ? " " : $0 })
  }
}

/// One word per node that says whether a rank has already reported an error.
struct FaultBoard: ~Copyable {
  private var window: SharedWindow?
  private var node: Communicator?

  init(_ world: borrowing Communicator) throws(MPIError) {
    guard world.size > 1 else {
      window = nil
      node = nil
      return
    }
    let node = try world.splitByNode()
    // A library without shared windows costs tidiness here, nothing else.
    window = try? SharedWindow(byteCount: 64, on: node)
    self.node = consume node
  }

  /// Prints the error unless another rank of the node came first; that one ends the job.
  func report(_ error: any Error, rank: Int, size: Int) {
    if let base = claimWord, !cs_replace(base, 0, UInt64(rank) + 1) {
      Self.awaitAbort()
      return
    }
    // Without a board, rank 0 speaks first and its abort silences those that failed with it.
    if claimWord == nil, rank > 0 { Self.awaitAbort() }
    Session.print(error, rank: rank, size: size)
    Self.awaitLine()
  }

  /// Lets the launcher pass a line on before it hears of the abort.
  static func awaitLine() { cs_sleep(50_000) }

  /// Gives the rank that speaks time to end the job; a signal that arrives first ends no sleep.
  static func awaitAbort() {
    let end = cs_seconds() + 5
    while cs_seconds() < end { cs_sleep(100_000) }
  }

  private var claimWord: UnsafeMutablePointer<UInt64>? {
    switch window {
    case .some(let window): window.base.assumingMemoryBound(to: UInt64.self)
    case .none: nil
    }
  }

  consuming func free() throws(MPIError) {
    try window.take()?.free()
    try node.take()?.free()
  }
}

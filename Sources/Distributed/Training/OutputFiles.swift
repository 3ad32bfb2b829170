private import Glibc
internal import Pipeline

/// What is checked about the files that a training will write, before it costs anything.
package struct OutputFiles {
  private let job: TrainingJob
  private let jobPath: String?
  private let overwrites: Bool
  private let startsFresh: Bool
  private let tracePath: String?
  private var output: OutputConfiguration { job.output }

  init(
    _ job: TrainingJob, jobPath: String?, overwrites: Bool, startsFresh: Bool, tracePath: String?
  ) {
    self.tracePath = tracePath
    self.job = job
    self.jobPath = jobPath
    self.overwrites = overwrites
    self.startsFresh = startsFresh
  }

  /// Throws when a file that the job writes is one that it reads, or its other output.
  package static func checkDistinct(
    _ job: TrainingJob, jobPath: String?, tracePath: String? = nil
  ) throws {
    // What a pattern or list stands for; where that is nothing, reading will say so.
    func inputs(_ key: String, _ source: DataSource) -> [(String, String)] {
      (source.files + ((try? source.paths()) ?? [])).map { (key, $0) }
    }
    var others = inputs("data.train", job.data.train)
    if case .source(let source) = job.data.validation {
      others += inputs("data.validation", source)
    }
    if let file = job.pipeline.file { others.append(("pipeline.file", file)) }
    if let jobPath { others.append(("the job file", jobPath)) }
    let outputs = written(job.output, tracePath: tracePath)
    func check(_ output: (key: String, path: String), _ rest: some Sequence<(String, String)>)
      throws
    {
      guard let identity = FileIdentity(output.path) else { return }
      for (what, other) in rest where FileIdentity(other) == identity {
        throw DistributedError(
          "\(output.key) \(output.path) is the same file as \(what) \(other): choose another name")
      }
    }
    for (index, output) in outputs.enumerated() {
      try check(output, others + outputs.dropFirst(index + 1).map { ($0.key, $0.path) })
    }
    // Two checkpoints may be one file with two names for a moment.
    let rest = outputs.filter { $0.key != "output.checkpoint" }.map { ($0.key, $0.path) }
    for earlier in job.output.earlierCheckpoints { try check(earlier, others + rest) }
  }

  /// Whether there is a checkpoint to resume from, which then stands at `output.checkpoint`.
  ///
  /// A damaged one is passed over, and the newest good one put in its place.
  /// Collective: rank 0 looks, the others hear, so that one rank speaks about what is wrong.
  func prepare(on world: borrowing Communicator, observer: any TrainingObserver) throws -> Bool {
    var resumes = false
    if world.rank == 0 {
      let written = Self.written(output, tracePath: tracePath)
      for (key, path) in written { try Self.checkWritable(path, key: key) }
      try Self.checkDistinct(job, jobPath: jobPath, tracePath: tracePath)
      CheckpointFiles.removeLeftovers(of: written.map(\.path))
      let checkpoints = CheckpointFiles(output)
      let ages = checkpoints.ages
      resumes = !ages.isEmpty && !startsFresh
      if !ages.isEmpty, startsFresh {
        for age in ages { try Checkpoint.requireOne(checkpoints.path(age)) }
        observer.note("ignoring the checkpoint \(output.checkpoint) (--fresh); it will be replaced")
      }
      // What is damaged is said before anything that hangs on it.
      let found = resumes ? try checkpoints.newestGood() : nil
      let foreign = Self.foreign(output, tracePath: tracePath)
      if let (key, path) = foreign.first, !overwrites {
        throw DistributedError(
          "\(key) \(path) is there already: pass --overwrite to replace it, or choose another name",
          exitCode: 74)
      }
      if let found {
        for note in checkpoints.notes(on: found) { observer.note(note) }
        try checkpoints.promote(found)
      }
      for (key, path) in written where key != "output.checkpoint" && access(path, F_OK) == 0 {
        // An interrupted run's own history and trace go on.
        if resumes, !foreign.contains(where: { $0.path == path }) { continue }
        observer.note("\(path) is there already and will be replaced")
      }
    }
    return try world.broadcast(bytes: [resumes ? 1 : 0], from: 0) == [1]
  }

  /// The first file that a training must not replace unasked, with its key.
  package static func obstacle(
    _ output: OutputConfiguration, tracePath: String? = nil
  ) -> (key: String, path: String)? {
    foreign(output, tracePath: tracePath).first
  }

  /// The files that are there where the training will write, and that are somebody's results.
  ///
  /// A model always is. Where a checkpoint is, its run goes on, or is begun anew: a history that is that run's,
  /// and a trace that a training wrote, are not.
  package static func foreign(
    _ output: OutputConfiguration, tracePath: String? = nil
  ) -> [(key: String, path: String)] {
    let there = written(output, tracePath: tracePath).filter { key, path in
      key != "output.checkpoint" && access(path, F_OK) == 0
    }
    let checkpoints = CheckpointFiles(output)
    // Reading a checkpoint takes its time.
    guard there.contains(where: { $0.key != "output.model" }), !checkpoints.ages.isEmpty else {
      return there
    }
    let history = checkpoints.history.map { HistoryTable($0) }
    return there.filter { key, path in
      switch key {
      case "output.model": true
      case "--trace": !TraceFile.isOne(path)
      default: history?.isBeginning(of: path) != true
      }
    }
  }

  private static func written(
    _ output: OutputConfiguration, tracePath: String?
  ) -> [(key: String, path: String)] {
    output.files + (tracePath.map { [(key: "--trace", path: $0)] } ?? [])
  }

  /// Throws unless a file of that name can be made: the folder is there, and takes a few bytes.
  ///
  /// `exitCodes`: what it means that the folder is missing, and that it cannot be written.
  package static func checkWritable(
    _ path: String, key: String, exitCodes: (missing: Int32, readOnly: Int32) = (74, 74)
  ) throws {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let directory = folder.isEmpty ? "/" : folder
    var status = stat()
    guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw DistributedError(
        "\(key) \(path): the folder \(directory) does not exist: make it first",
        exitCode: exitCodes.missing)
    }
    guard stat(path, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR else {
      throw DistributedError("\(key) \(path) is a folder: name a file", exitCode: 74)
    }
    let probe = "\(path).tmp.\(getpid()).probe"
    let descriptor = open(probe, O_CREAT | O_EXCL | O_WRONLY, 0o600)
    guard descriptor >= 0 else {
      throw DistributedError(
        "\(key) \(path): the folder \(directory) cannot be written: \(reason(errno))",
        exitCode: exitCodes.readOnly)
    }
    let block = [UInt8](repeating: 0, count: 4096)
    let written = block.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    let failure = written == block.count ? 0 : errno
    close(descriptor)
    unlink(probe)
    guard failure == 0 else {
      throw DistributedError(
        "\(key) \(path): nothing can be written to the folder \(directory): \(reason(failure))",
        exitCode: 74)
    }
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}

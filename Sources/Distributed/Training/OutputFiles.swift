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
    var others = [("data.train", job.data.train.file)]
    if case .source(let source) = job.data.validation {
      others.append(("data.validation", source.file))
    }
    if let jobPath { others.append(("the job file", jobPath)) }
    let outputs =
      job.output.files.map { (key: $0.key, path: $0.path) }
      + (tracePath.map { [(key: "--trace", path: $0)] } ?? [])
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

  private var trace: [(key: String, path: String)] {
    tracePath.map { [("--trace", $0)] } ?? []
  }

  /// Whether there is a checkpoint to resume from, which then stands at `output.checkpoint`.
  ///
  /// A damaged one is passed over, and the newest good one put in its place.
  /// Collective: rank 0 looks, the others hear, so that one rank speaks about what is wrong.
  func prepare(on world: borrowing Communicator, observer: any TrainingObserver) throws -> Bool {
    var resumes = false
    if world.rank == 0 {
      let written = output.files.map { (key: $0.key, path: $0.path) } + trace
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
      if let (key, path) = Self.obstacle(output, hasCheckpoint: !ages.isEmpty), !overwrites {
        throw DistributedError(
          "\(key) \(path) is there already: pass --overwrite to replace it, or choose another name",
          exitCode: 74)
      }
      if let (key, path) = trace.first(where: { access($0.path, F_OK) == 0 }) {
        guard overwrites || !ages.isEmpty else {
          throw DistributedError(
            "\(key) \(path) is there already: pass --overwrite to replace it, or choose another "
              + "name", exitCode: 74)
        }
        if !resumes { observer.note("\(path) is there already and will be replaced") }
      }
      if resumes, let found = try checkpoints.newestGood() {
        for note in checkpoints.notes(on: found) { observer.note(note) }
        try checkpoints.promote(found)
      }
      for (key, path) in output.files where key != "output.checkpoint" && access(path, F_OK) == 0 {
        // An interrupted run's own history goes on.
        guard key == "output.model" || !resumes else { continue }
        observer.note("\(path) is there already and will be replaced")
      }
    }
    return try world.broadcast(bytes: [resumes ? 1 : 0], from: 0) == [1]
  }

  /// The first file that a training must not replace unasked, with its key.
  ///
  /// An interrupted run's own history goes on; any other one is somebody's result, as a model is.
  package static func obstacle(
    _ output: OutputConfiguration, hasCheckpoint: Bool
  ) -> (key: String, path: String)? {
    output.files.first { key, path in
      key != "output.checkpoint" && (key == "output.model" || !hasCheckpoint)
        && access(path, F_OK) == 0
    }
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

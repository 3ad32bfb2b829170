internal import Configuration
internal import Distributed
private import FoundationEssentials
private import Glibc
private import HyperOpt

/// A job file as it was read, with the command line's changes applied.
struct JobFile {
  /// The text as the user wrote it.
  let text: String
  /// The settings.
  let value: Value

  /// Reads the file at `path`.
  ///
  /// Decoding the job opens the files that its network takes layers of, so that they are probed here, on every
  /// rank and before MPI starts.
  /// - Throws: `CommandError` for a file that cannot be read, `ConfigurationError` for one that is no
  ///   YAML and for a `--set` that fits nowhere, `HDF5Error` for a file on which the HDF5 library crashes.
  init(_ path: String, _ options: JobOptions) throws {
    text = try Self.read(path)
    var value = try Value(yaml: text, file: path)
    try options.apply(to: &value)
    self.value = value
    try FileProbe(value["network"].map(Self.networkFiles) ?? []).check()
  }

  /// Whether the file has a section `search` or searched values.
  var isSearch: Bool { SearchJob.isSearch(value) }

  /// The settings as a job, with searched values at their defaults.
  func job() throws(ConfigurationError) -> TrainingJob {
    try TrainingJob(value: try SearchJob.defaultValue(value))
  }

  /// What may be the name of a file of layers or weights, also among searched values: a few words too many, which
  /// are no files and passed over.
  private static func networkFiles(_ network: Value) -> [String] {
    var names: [String] = []
    func collect(_ value: Value, _ isName: Bool) {
      switch value.kind {
      case .string(let text): if isName { names.append(text) }
      case .list(let items): for item in items { collect(item, isName) }
      case .map(let entries):
        for entry in entries {
          collect(entry.value, isName || ["file", "keras", "weights"].contains(entry.key))
        }
      default: break
      }
    }
    collect(network, false)
    return names
  }

  /// The HDF5 files that the job reads beside those of its network, as far as it can be understood, at the
  /// defaults of searched values.
  var inputFiles: [String] {
    if let job = try? job() { return job.inputFiles }
    return JobSections((try? SearchJob.defaultValue(value)) ?? value).data?.files ?? []
  }

  /// Any YAML file as a tree.
  static func tree(_ path: String) throws -> Value {
    try Value(yaml: try read(path, "file"), file: path)
  }

  /// The text of a job file, or of what errors call `what`.
  static func text(_ path: String, _ what: String = "job file") throws(CommandError) -> String {
    try read(path, what)
  }

  private static let largestByteCount = 16 << 20

  private static func read(
    _ path: String, _ what: String = "job file"
  ) throws(CommandError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let reason = String(cString: strerror(errno))
      guard errno == ENOENT || errno == ENOTDIR else {
        throw CommandError(
          "\(path): the \(what) cannot be read: \(reason)", exitCode: ExitCode.inputOutput)
      }
      throw CommandError(
        "\(path): there is no such \(what): check the name", exitCode: ExitCode.missingInput)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while bytes.count <= largestByteCount {
      guard let piece = Pipe.read(descriptor) else {
        throw CommandError(
          "\(path): the \(what) cannot be read: \(String(cString: strerror(errno)))",
          exitCode: ExitCode.inputOutput)
      }
      if piece.isEmpty { break }
      bytes += piece
    }
    guard bytes.count <= largestByteCount, let text = String(validating: bytes, as: UTF8.self)
    else {
      throw CommandError(
        "\(path): this is no job file: a job file is a YAML text (see jobs/fashion-mlp.yaml)",
        exitCode: ExitCode.data)
    }
    return text
  }
}

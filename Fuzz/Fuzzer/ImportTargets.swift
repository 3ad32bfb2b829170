private import Configuration
private import Pipeline

extension FuzzTarget {
  /// The formats of `sounder convert`.
  ///
  /// The content tells which: the seeds make the difference.
  static let imports = [
    FuzzTarget(name: "csv") { try convert($0) },
    FuzzTarget(name: "table") { bytes in
      try convert(bytes) { options in
        (options.isTable, options.badRows) = (true, .skip)
      }
    },
    FuzzTarget(name: "gzip") { try convert($0) },
    FuzzTarget(name: "idx") { try convert($0) },
    FuzzTarget(name: "libsvm") { try convert($0) { $0.badRows = .skip } },
    FuzzTarget(name: "npy") { try convert($0) },
    FuzzTarget(name: "npz") { try convert($0) },
  ]

  /// Imports up to the last byte, and stops before the output would be synced.
  private static func convert(
    _ bytes: UnsafeRawBufferPointer, change: (inout ImportOptions) -> Void = { _ in }
  ) throws {
    let output = InputFile.folder + "/output.h5"
    var options = ImportOptions()
    change(&options)
    do {
      try Importer(
        inputs: [ImportInput(path: InputFile.write(bytes))], output: output, options: options
      ).run { $0.path != output }
    } catch let error as PipelineError where error.exitCode == 130 {
      return  // stopped, as asked
    } catch let error as PipelineError where error.exitCode == ExitCode.usage {
      return  // an option that the content, another format by now, does not take
    }
  }
}

private import Configuration
package import Pipeline

/// How CSV files of rows for a trained model are read: as is said of them, and where nothing is, as its job read its own.
package struct RecordedForm {
  /// What holds.
  package private(set) var form: CSVForm
  /// Where that comes from which nobody said of the files: `data.train.csv of the model's job, {"header":true}`; nil:
  /// there is nothing of that kind.
  package private(set) var origin: String?
  /// How to have the files read in another form.
  private let advice: String

  /// Completes `given` for the CSV files `paths`.
  ///
  /// The files of `data.validation` are read as it says, all others as `data.train`. Names of columns are those of files
  /// without a line of names: they go by the first file, which may be without the target and the weights. Reads its
  /// first line where the job has such names. Not collective: the same on all ranks. `advice` tells how to say another form.
  /// - Throws: `PipelineError` for a file that cannot be read, `DistributedError` (64) for one with another number of
  ///   columns than the job names.
  package init(
    _ paths: [String], for model: TrainedModel, given: CSVForm, advice: String
  ) throws {
    form = given
    self.advice = advice
    guard let (key, source) = Self.source(of: paths, in: model), let own = source.csv else {
      return
    }
    form = given.completed(by: own)
    if given.columns == nil, let names = form.columns {
      try fit(names, of: source, to: paths[0], key)
    }
    if form != given { origin = "\(key) of the model's job, \(own.value.json)" }
  }

  /// Calls `body`; an error of its about what is in the files tells how they are read, and what to do.
  package func telling<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as any ExitCoded {
      let isAboutFiles = [ExitCode.usage, ExitCode.data, ExitCode.missingInput]
        .contains(error.exitCode)
      guard let words, isAboutFiles else { throw error }
      throw DistributedError("\(error.description); \(words)", exitCode: error.exitCode)
    }
  }

  /// How the files are read, where that is not what was said of them.
  package var words: String? {
    origin.map { "read as \($0): \(advice) for another form" }
  }

  /// The rows of the model's job whose form `paths` have, and its key.
  private static func source(
    of paths: [String], in model: TrainedModel
  ) -> (key: String, source: DataSource)? {
    guard let data = model.data else { return nil }
    if case .source(let own) = data.validation, own.ofFiles != nil {
      let known = ((try? own.paths()) ?? []).map { FileIdentity($0) }
      if !known.isEmpty, paths.allSatisfy({ known.contains(FileIdentity($0)) }) {
        return ("data.validation.csv", own)
      }
    }
    return data.train.ofFiles.map { ("data.train.csv", $0) }
  }

  /// Takes as many of the names that `source` has as the file at `path` has columns.
  private mutating func fit(
    _ names: [String], of source: DataSource, to path: String, _ key: String
  ) throws {
    var options = ImportOptions()
    (options.hasHeader, options.separator) = (false, form.separator)
    let file = ImportInput(path: path)
    let count = try file.columnNames(options).names.count
    let features = Set(source.namedFeatures)
    let others = source.leftOut.filter { !features.contains($0) }
    let seen = names.filter { !others.contains($0) }
    if form.hasHeader == nil, !seen.isEmpty {
      options.hasHeader = true
      // Cells that are no names, since they are too long, are no error here.
      if let first = try? file.columnNames(options).names, Set(seen).isSubset(of: first) {
        (form.hasHeader, form.columns) = (true, nil)
        return
      }
    }
    if count == seen.count {
      form.columns = seen
    } else if count != names.count {
      throw DistributedError(
        "\(path): has \(count) columns, and \(key) of the model's job names \(names.count) of files without a "
          + "line of names (\(names.prefix(8).joined(separator: ", "))\(names.count > 8 ? ", ..." : "")): name those "
          + "of this file, in order, or say that it has a line of names: \(advice)",
        exitCode: ExitCode.usage)
    }
  }
}

import HDF5

/// One file of an array, IDX or .npy, plain or gzipped, whose head has been read.
struct ArrayFileImport: SharedImport {
  let path: String
  let header: any ArrayHeader
  /// Whether the file is gzipped.
  let isCompressed: Bool
  /// The data set's name.
  let name: String
  let options: ImportOptions
  let crew: any ImportCrew

  /// No format that zlib unpacks grows beyond this.
  private static let largestRatio = 1032

  /// Reads the head of the file `input`, in every process.
  ///
  /// Collective and blocking; all processes get the same.
  /// - Throws: `PipelineError` for a head that is damaged or does not fit the file.
  init(
    _ input: ImportInput, _ format: ImportInput.Format, _ options: ImportOptions,
    _ crew: any ImportCrew
  ) throws {
    var found: (header: any ArrayHeader, isCompressed: Bool)?
    let heads = try crew.share { message in
      let source = try ByteSource(input.path)
      let header: any ArrayHeader
      if format == .idx {
        header = try IDXHeader(source)
      } else {
        header = try Self.numPyHeader(source)
      }
      found = (header, source.isCompressed)
      message.append("\(source.fileByteCount) \(header.headByteCount) \(header.element)")
      message.append("\(header.shape)")
    }
    var texts: Set<String> = []
    for var head in heads { texts.insert(head.text() + head.text()) }
    guard texts.count == 1, let found else { throw CSVImport.changed(input.path) }
    path = input.path
    header = found.header
    isCompressed = found.isCompressed
    name = input.name
    self.options = options
    self.crew = crew
  }

  private static func numPyHeader(_ source: ByteSource) throws(PipelineError) -> NPYHeader {
    let header = try NPYHeader(source)
    if source.isCompressed {
      guard header.byteCount / largestRatio <= source.fileByteCount else {
        throw header.wrongLength(source.path, found: "fewer", true)
      }
    } else {
      try header.check(source.fileByteCount - header.headByteCount, source.path)
    }
    return header
  }

  /// Whether any row can be found without those before it.
  var isShared: Bool { !isCompressed && !header.isTransposed && !header.shape.isEmpty }

  var oneReaderReason: String? {
    if isCompressed { return "a gzipped file is one stream" }
    return header.isTransposed ? "an array in Fortran order is turned as a whole" : nil
  }

  func run(into file: borrowing File, _ report: ImportReport) throws -> [ImportSummary.Entry] {
    let source = try ByteSource(path)
    _ = try source.bytes(header.headByteCount, of: "the head")
    let entry = try array.run(
      source, plain: isCompressed ? nil : FileRegion(path), path: path, into: file, report)
    // Behind a gzipped array there may be more; of a plain one the length was checked.
    if isCompressed, try !source.isAtEnd() {
      throw header.wrongLength(path, found: "more", false)
    }
    return [entry]
  }

  func assist(_ report: ImportReport) throws {
    try array.assist(FileRegion(path), path: path, report)
  }

  private var array: ArrayImport {
    ArrayImport(header: header, name: name, options: options, isShared: isShared, crew: crew)
  }
}

extension ByteSource {
  /// Whether no byte comes any more; takes one that does.
  fileprivate func isAtEnd() throws(PipelineError) -> Bool {
    var byte: UInt8 = 0
    var count = 0
    var problem: PipelineError?
    withUnsafeMutableBytes(of: &byte) { buffer in
      do throws(PipelineError) { count = try read(into: buffer) } catch { problem = error }
    }
    if let problem { throw problem }
    return count == 0
  }
}

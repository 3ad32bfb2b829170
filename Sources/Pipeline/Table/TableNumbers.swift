import HDF5

extension Group {
  /// Writes texts as a data set: of one length, unless that would make it much larger than they are, or they
  /// could not be read again then.
  func writeTexts(_ name: String, _ texts: TextRows) throws(HDF5Error) {
    let longest = (0..<texts.count).reduce(1) { max($0, texts.range($1).count) }
    if longest < TextSelection.largestByteCount,
      longest * texts.count <= 4 * texts.bytes.count + 65_536
    {
      try createDataset(name, strings: (0..<texts.count).map(texts.text))
      return
    }
    let dataset = try createTextDataset(
      name, rowCount: texts.count, byteCount: nil, chunkRows: min(texts.count, 4096))
    var bytes: [UInt8] = []
    var starts: [Int] = []
    for row in 0..<texts.count {
      starts.append(bytes.count)
      bytes += texts.bytes[texts.range(row)]
      bytes.append(0)
    }
    var failure: HDF5Error?
    bytes.withUnsafeBufferPointer { buffer in
      do throws(HDF5Error) {
        try dataset.writeTexts(rows: 0..<texts.count, buffer, startingAt: starts)
      } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Reads what `writeTexts` has written.
  ///
  /// - Throws: `PipelineError` for a data set of something else, before memory is asked for it.
  func readTexts(_ name: String) throws(PipelineError) -> TextRows {
    var texts = TextRows()
    do throws(HDF5Error) {
      let dataset = try dataset(name)
      try dataset.checkPlausible()
      guard dataset.rowCount > 0 else { return texts }
      try dataset.read(try dataset.selectTexts(), rows: 0..<dataset.rowCount, into: &texts)
    } catch { throw PipelineError(error) }
    return texts
  }

  /// Reads texts that are different from each other, as an index.
  func readIndex(_ name: String) throws(PipelineError) -> TextIndex {
    let texts = try readTexts(name)
    var index = TextIndex()
    for row in 0..<texts.count {
      guard index.insert(texts.bytes.span, texts.range(row)) == row else {
        throw PipelineError(
          "\(place): '\(name)' has a text twice: the model file is damaged, write it again")
      }
    }
    return index
  }

  /// Writes a list of whole numbers as a data set.
  func writeWholes(_ name: String, _ numbers: [Int]) throws(HDF5Error) {
    try createDataset(name, shape: [numbers.count], of: Int64.self).write(numbers.map(Int64.init))
  }

  /// Reads what `writeWholes` has written.
  func readWholes(_ name: String) throws(PipelineError) -> [Int] {
    do { return try dataset(name).readAll(as: Int64.self).map(Int.init) } catch {
      throw PipelineError(error)
    }
  }
}

import CHDF5

extension Dataset {
  /// What is believed whatever is stored: zeros that nobody wrote do no harm, bytes that become floats either.
  private static let harmlessByteCount = 4 << 20
  /// gzip packs at best 1032 to 1.
  private static let largestRatio = 1100

  /// The bytes that the elements take in memory as they are stored; `Int.max` where these cannot be counted.
  private var claimedByteCount: Int {
    let type = fileType.raw
    // A damaged file may say that a record has any number of bytes.
    let size = elementByteCount ?? max(16, Int(clamping: Library.call { H5Tget_size(type) }))
    let (product, overflow) = (rowCount * rowWidth).multipliedReportingOverflow(by: size)
    return overflow ? Int.max : product
  }

  /// Throws when the file stores too little for what it says to hold: memory is not asked for then.
  package func checkPlausible() throws(HDF5Error) {
    let claimed = claimedByteCount
    let stored = storedByteCount
    guard claimed > Self.harmlessByteCount, claimed / Self.largestRatio >= stored else { return }
    throw error(
      .damaged, "says to hold \(claimed) bytes in shape \(shape), but stores \(stored)")
  }

  /// Throws when rows were never written, all of them or nearly all: they would be read as zeros, at
  /// any length that the file cares to name.
  ///
  /// A set that lives in other files (external, virtual) is believed. One with filters that may pack
  /// better than gzip is judged by the chunks that it has.
  package func checkWritten() throws(HDF5Error) {
    let id = identifier.raw
    let properties = try Identifier(
      H5Dget_create_plist(id), close: H5Pclose
    ) { error(.damaged, "its layout cannot be read: \($0)") }
    let (layout, externalCount) = Library.call {
      (H5Pget_layout(properties.raw), H5Pget_external_count(properties.raw))
    }
    guard layout != H5D_VIRTUAL, externalCount <= 0, rowCount > 0, rowWidth > 0 else { return }
    guard storedByteCount > 0 else {
      throw error(
        .damaged, "has the shape \(shape), but nothing was ever written to it: fill it first")
    }
    let known = ["gzip", "shuffle", "fletcher32"]
    let isKnown = filters.allSatisfy { filter in known.contains { filter.hasPrefix($0) } }
    guard let chunkShape, !isKnown else { return try checkPlausible() }
    var writtenCount: hsize_t = 0
    let space = try Identifier(H5Dget_space(id), close: H5Sclose) {
      error(.damaged, "its shape cannot be read: \($0)")
    }
    try Library.check(H5Dget_num_chunks(id, space.raw, &writtenCount)) {
      error(.damaged, "its chunks cannot be counted: \($0)")
    }
    // The chunks are no more than the elements, whose count fits.
    let chunkCount = zip(shape, chunkShape).reduce(1) { $0 * (($1.0 - 1) / $1.1 + 1) }
    guard claimedByteCount > Self.harmlessByteCount,
      chunkCount / Self.largestRatio >= Int(clamping: writtenCount)
    else { return }
    throw error(
      .damaged,
      "has \(chunkCount) chunks (its shape is \(shape)), of which \(writtenCount) were "
        + "ever written: fill it first")
  }
}

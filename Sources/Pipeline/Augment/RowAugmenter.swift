/// Images of a batch, changed at random, before the stages of a pipeline.
///
/// Holds its memory; a batch allocates nothing.
final class RowAugmenter {
  /// Some images at a time, which stay in the cache until the stages have them.
  static let blockRowCount = 16

  private let form: ImageForm
  private let augmentations: [any Augmentation]
  private let seed: UInt64
  private var key: UInt64
  private let kernel: AffineKernel
  private let images: UnsafeMutablePointer<Float>
  private let scratch: UnsafeMutablePointer<Float>

  /// Prepares for rows of `shape`.
  ///
  /// - Throws: `PipelineError` when they are no images, or too small ones.
  init(_ augmentations: [any Augmentation], shape: [Int], seed: UInt64) throws(PipelineError) {
    form = try ImageForm(shape, for: augmentations)
    self.augmentations = augmentations
    self.seed = seed
    key = RowDraw.key(seed: seed, epoch: 0)
    kernel = AffineKernel(.identity, width: form.count)
    images = .allocate(capacity: Self.blockRowCount * form.count)
    scratch = .allocate(capacity: form.count)
  }

  deinit {
    images.deallocate()
    scratch.deallocate()
  }

  /// Draws anew for each row.
  func begin(epoch: Int) { key = RowDraw.key(seed: seed, epoch: epoch) }

  /// Takes the images at `indices` of `rows`, at most a block of them, and changes each as its row of
  /// the file, `numbers` at that place, has drawn.
  func images(
    of rows: UnsafePointer<Float>, _ indices: UnsafeBufferPointer<UInt32>, numbers: RowSet
  ) -> UnsafePointer<Float> {
    kernel.gather(floats: rows, indices, into: images)
    return changed(indices, numbers)
  }

  /// The same of bytes.
  func images(
    of rows: UnsafePointer<UInt8>, _ indices: UnsafeBufferPointer<UInt32>, numbers: RowSet
  ) -> UnsafePointer<Float> {
    kernel.gather(bytes: rows, indices, into: images)
    return changed(indices, numbers)
  }

  private func changed(
    _ indices: UnsafeBufferPointer<UInt32>, _ numbers: RowSet
  ) -> UnsafePointer<Float> {
    precondition(indices.count <= Self.blockRowCount)
    for (place, index) in indices.enumerated() {
      var draw = RowDraw(key, row: numbers.row(at: Int(index)))
      for augmentation in augmentations {
        augmentation.apply(to: images + place * form.count, scratch: scratch, form, &draw)
      }
    }
    return UnsafePointer(images)
  }
}

import Configuration
import Pipeline
import Testing

@Suite("Augmentation of images")
struct AugmentTests {
  static func configuration(_ yaml: String) throws -> PipelineConfiguration {
    var options = try Options(try Value(yaml: yaml, file: "job.yaml"), at: ["pipeline"])
    let configuration = try PipelineConfiguration(options: &options)
    try options.finish()
    return configuration
  }

  static func augmentation(_ yaml: String) throws -> any Augmentation {
    try #require(try configuration("augment: [\(yaml)]").augment.first)
  }

  /// What becomes of an image as row `row` in epoch `epoch`.
  static func applied(
    _ augmentation: any Augmentation, to image: [Float], _ shape: [Int], row: Int = 0,
    epoch: Int = 1
  ) throws -> [Float] {
    let form = try ImageForm(shape)
    var image = image
    var scratch = [Float](repeating: .nan, count: image.count)
    var draw = RowDraw(RowDraw.key(seed: 3, epoch: epoch), row: row)
    image.withUnsafeMutableBufferPointer { image in
      scratch.withUnsafeMutableBufferPointer { scratch in
        guard let a = image.baseAddress, let b = scratch.baseAddress else { return }
        augmentation.apply(to: a, scratch: b, form, &draw)
      }
    }
    return image
  }

  @Test("flips mirror pixels with all their channels, in each image or in none")
  func flips() throws {
    let image: [Float] = [
      1, 10, 2, 20, 3, 30,
      4, 40, 5, 50, 6, 60,
      7, 70, 8, 80, 9, 90,
    ]
    func flipped(_ options: String) throws -> [Float] {
      try Self.applied(try Self.augmentation("flip: {\(options)}"), to: image, [3, 3, 2])
    }
    #expect(
      try flipped("probability: 1") == [
        3, 30, 2, 20, 1, 10,
        6, 60, 5, 50, 4, 40,
        9, 90, 8, 80, 7, 70,
      ])
    #expect(
      try flipped("direction: vertical, probability: 1") == [
        7, 70, 8, 80, 9, 90,
        4, 40, 5, 50, 6, 60,
        1, 10, 2, 20, 3, 30,
      ])
    #expect(try flipped("probability: 0") == image)
    #expect(try flipped("direction: vertical, probability: 0") == image)
    // Even sides, one channel.
    let small = try Self.applied(Flip(probability: 1), to: [1, 2, 3, 4], [2, 2])
    #expect(small == [2, 1, 4, 3])
  }

  @Test("an image is flipped as often as the probability says, anew in each epoch")
  func flipStatistics() throws {
    let flip = Flip(probability: 0.3)
    func flips(epoch: Int) throws -> [Bool] {
      try (0..<10_000).map {
        try Self.applied(flip, to: [0, 1], [1, 2], row: $0, epoch: epoch) == [1, 0]
      }
    }
    let (first, second) = (try flips(epoch: 1), try flips(epoch: 2))
    // Deviations: 46 of 3000, and 29 of the 900 that both epochs flip.
    #expect(abs(first.count { $0 } - 3000) < 230)
    #expect(abs(second.count { $0 } - 3000) < 230)
    #expect(abs(zip(first, second).count { $0 && $1 } - 900) < 145)
  }

  @Test("a shift moves by each number of pixels equally often, and fills what comes in")
  func shifts() throws {
    let shift = try Self.augmentation("shift: {pixels: 1, fill: 9}")
    let outcomes: [[Float]] = [
      [4, 9, 9, 9], [3, 4, 9, 9], [9, 3, 9, 9],
      [2, 9, 4, 9], [1, 2, 3, 4], [9, 1, 9, 3],
      [9, 9, 2, 9], [9, 9, 1, 2], [9, 9, 9, 1],
    ]
    var counts = [Int](repeating: 0, count: outcomes.count)
    for row in 0..<9000 {
      let image = try Self.applied(shift, to: [1, 2, 3, 4], [2, 2], row: row)
      let index = try #require(outcomes.firstIndex(of: image), "\(image)")
      counts[index] += 1
    }
    // A ninth of 9000 with a deviation of 30.
    #expect(counts.allSatisfy { abs($0 - 1000) < 150 }, "\(counts)")
  }

  @Test("rows and columns of a shift have bounds of their own, and channels stay together")
  func shiftBounds() throws {
    let shift = try Self.augmentation("shift: {columns: 2}")
    let image: [Float] = [1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6]
    let outcomes: [[Float]] = [
      [3, -3, 0, 0, 0, 0, 6, -6, 0, 0, 0, 0], [2, -2, 3, -3, 0, 0, 5, -5, 6, -6, 0, 0], image,
      [0, 0, 1, -1, 2, -2, 0, 0, 4, -4, 5, -5], [0, 0, 0, 0, 1, -1, 0, 0, 0, 0, 4, -4],
    ]
    var seen: Set<Int> = []
    for row in 0..<200 {
      let moved = try Self.applied(shift, to: image, [2, 3, 2], row: row)
      seen.insert(try #require(outcomes.firstIndex(of: moved), "\(moved)"))
    }
    #expect(seen.count == outcomes.count)
  }

  @Test(
    "a crop is a piece of the padded image, each equally often",
    arguments: [
      (
        "edge: reflect",
        [
          5, 4, 5, 6, 5,
          2, 1, 2, 3, 2,
          5, 4, 5, 6, 5,
          8, 7, 8, 9, 8,
          5, 4, 5, 6, 5,
        ]
      ),
      (
        "edge: nearest",
        [
          1, 1, 2, 3, 3,
          1, 1, 2, 3, 3,
          4, 4, 5, 6, 6,
          7, 7, 8, 9, 9,
          7, 7, 8, 9, 9,
        ]
      ),
      (
        "fill: -1",
        [
          -1, -1, -1, -1, -1,
          -1, 1, 2, 3, -1,
          -1, 4, 5, 6, -1,
          -1, 7, 8, 9, -1,
          -1, -1, -1, -1, -1,
        ]
      ),
    ] as [(String, [Float])])
  func crops(options: String, padded: [Float]) throws {
    let crop = try Self.augmentation("crop: {padding: 1, \(options)}")
    var pieces: [[Float]] = []
    for piece in 0..<9 {
      let corner = piece / 3 * 5 + piece % 3
      pieces.append([0, 1, 2, 5, 6, 7, 10, 11, 12].map { padded[corner + $0] })
    }
    var counts = [Int](repeating: 0, count: 9)
    for row in 0..<4500 {
      let image = try Self.applied(crop, to: [1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 3], row: row)
      counts[try #require(pieces.firstIndex(of: image), "\(image)")] += 1
    }
    // A ninth of 4500 with a deviation of 21.
    #expect(counts.allSatisfy { abs($0 - 500) < 105 }, "\(counts)")
  }

  @Test("job files name augmentations, and get back what they named")
  func jobFile() throws {
    let text = """
      features: [standardize]
      augment: [flip, flip: {direction: vertical, probability: 0.1}, shift: {pixels: 2, fill: 0.5},
        shift: {rows: 1, edge: nearest}, crop: {padding: 4, edge: reflect}]
      """
    let configuration = try Self.configuration(text)
    #expect(configuration.augment.count == 5)
    let again = try Self.configuration(configuration.value.json)
    #expect(again.value == configuration.value)
    #expect(configuration.value["augment"] != nil)
    #expect(try Self.configuration("features: [standardize]").value["augment"] == nil)
    #expect(try configuration.featureShape(for: [8, 8, 3]) == [8, 8, 3])
    for (wrong, word) in [
      ("rotate", "flip"), ("shift: {pixels: 0}", "1 or more"), ("shift", "pixels"),
      ("flip: {probability: 1.5}", "outside"), ("flip: {direction: up}", "horizontal"),
      ("crop: {padding: 1, edge: reflect, fill: 2}", "remove fill"), ("crop: {padding: 0}", "0"),
      ("shift: {pixels: 1, rows: 2}", "pixels"),
    ] {
      let error = #expect(throws: ConfigurationError.self) { try Self.augmentation(wrong) }
      #expect(error?.description.contains(word) == true, "\(wrong): \(error?.description ?? "")")
    }
  }

  @Test(
    "rows that are no images, images that are too small, and targets that are images are refused")
  func refusals() throws {
    for (yaml, shape, word) in [
      ("flip", [784], "[784]"), ("flip", [2, 2, 2, 2], "[height, width]"),
      ("shift: {pixels: 2}", [2, 9], "2 x 9"), ("shift: {columns: 9}", [2, 9], "2 x 9"),
      ("crop: {padding: 3}", [9, 3, 1], "9 x 3"),
    ] {
      let configuration = try Self.configuration("augment: [\(yaml)]")
      let error = #expect(throws: PipelineError.self) { try configuration.featureShape(for: shape) }
      #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }
    let source = MemorySource(
      features: [1, 2, 3, 4], featureShape: [2, 2], targets: [1, 2, 3, 4], targetShape: [2, 2, 1])
    let flip = try Self.configuration("augment: [flip]")
    #expect(throws: PipelineError.self) { try flip.fitted(to: source) }
    #expect(throws: Never.self) { try PipelineConfiguration().fitted(to: source) }
  }
}

@Suite("Reading of augmented batches")
struct AugmentedReaderTests {
  private static let rowCount = 60

  private static func image(_ row: Int) -> [Float] { (0..<12).map { Float(row + 10 * $0) } }

  private static func source(bytes: Bool) -> MemorySource {
    MemorySource(
      features: (0..<rowCount).flatMap(image), featureShape: [3, 4],
      targets: (0..<rowCount).map { Float($0) }, targetShape: [], bytes: bytes, chunk: 4)
  }

  private static func reader(
    rows: RowSet? = nil, bytes: Bool = true, memory: Int = 1 << 20, seed: UInt64 = 5
  ) throws -> BatchReader {
    let configuration = try AugmentTests.configuration(
      "{features: [scale: {factor: 0.5}], augment: [flip, shift: {pixels: 1, fill: 7}]}")
    let source = source(bytes: bytes)
    return try BatchReader(
      { source }, rows: rows, pipeline: try configuration.fitted(to: source),
      memoryByteCount: memory, batchRowCount: 40, augment: configuration.augment, seed: seed)
  }

  /// The features that come, by the number of the row.
  private static func read(_ reader: BatchReader, batch: Int) throws -> [Int: [Float]] {
    var images: [Int: [Float]] = [:]
    var features = [Float](repeating: 0, count: batch * 12)
    var targets = [Float](repeating: 0, count: batch)
    while true {
      let count = try features.withUnsafeMutableBufferPointer { x in
        try targets.withUnsafeMutableBufferPointer { y in
          try reader.next(into: x, targets: y, count: batch)
        }
      }
      for row in 0..<count {
        images[Int(targets[row])] = Array(features[row * 12..<(row + 1) * 12])
      }
      if count < batch { return images }
    }
  }

  private static func epoch(
    _ epoch: Int, workers: Int = 1, batch: Int = 40, _ reader: BatchReader
  ) throws -> [Int: [Float]] {
    var images: [Int: [Float]] = [:]
    for worker in 0..<workers {
      reader.start(
        EpochPlan(shuffle: reader.shuffle(seed: 1), epoch: epoch, worker: worker, of: workers))
      images.merge(try read(reader, batch: batch)) { first, _ in first }
    }
    return images
  }

  @Test("a row's image depends on seed, epoch and row alone")
  func draws() throws {
    let expected = try Self.epoch(1, try Self.reader())
    #expect(expected.count == Self.rowCount)
    for (workers, batch, memory, bytes) in [
      (1, 1, 1 << 20, true), (2, 7, 1 << 20, true), (3, 40, 64, true), (3, 17, 1 << 20, false),
      (5, 8, 200, false),
    ] {
      let reader = try Self.reader(bytes: bytes, memory: memory)
      #expect(try Self.epoch(1, workers: workers, batch: batch, reader) == expected)
    }
    // The rows of the file count, not those of a part.
    let part = try Self.epoch(1, try Self.reader(rows: RowSet(runs: [3..<9, 20..<41])))
    #expect(part.count == 27)
    for (row, image) in part { #expect(image == expected[row]) }
    let reader = try Self.reader()
    let second = try Self.epoch(2, reader)
    #expect(second != expected)
    #expect(try Self.epoch(1, reader) == expected, "the window in memory stays as it is")
    #expect(try Self.epoch(1, try Self.reader(seed: 6)) != expected)
  }

  @Test("images are changed in the file's units, before the pipeline's stages")
  func units() throws {
    let images = try Self.epoch(1, try Self.reader())
    for (row, image) in images {
      let own = Set(Self.image(row).map { $0 / 2 })
      // 7 comes in from outside.
      #expect(image.allSatisfy { own.contains($0) || $0 == 3.5 }, "\(image)")
    }
    let moved = images.count { row, image in image != Self.image(row).map { $0 / 2 } }
    // One image in 18 is neither flipped nor shifted.
    #expect(moved > 40)
  }

  @Test("rows that are read in order stay as they are")
  func inOrder() throws {
    let reader = try Self.reader()
    _ = try Self.epoch(1, reader)
    reader.start(positions: 0..<Self.rowCount)
    let images = try Self.read(reader, batch: 8)
    #expect(images.count == Self.rowCount)
    for (row, image) in images { #expect(image == Self.image(row).map { $0 / 2 }) }
  }
}

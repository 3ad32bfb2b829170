import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

@Suite("Damaged files")
struct DamageTests {
  /// Opens a file, goes through all of it and reads all that is there; errors are welcome.
  static func readEverything(_ path: String) {
    guard let file = try? File(opening: path), let outline = try? Outline(of: file) else { return }
    _ = outline.text
    _ = outline.value.json
    read(outline, "", file)
  }

  private static func read(_ outline: Outline, _ path: String, _ file: borrowing File) {
    switch outline.content {
    case .group(let children):
      for child in children { read(child, path + "/" + child.name, file) }
    case .dataset:
      guard let dataset = try? file.dataset(path) else { return }
      if dataset.elementType == .string {
        _ = try? dataset.readStrings()
      } else {
        _ = try? dataset.readAll(as: Float.self)
        _ = try? dataset.readAll(as: Double.self)
      }
    default: break
    }
  }

  /// The bytes of a file, cut short or with some of them changed, always the same for one `index`.
  static func variant(_ index: Int, of bytes: [UInt8]) -> [UInt8] {
    var generator = SplitMix(state: UInt64(index) &* 0x9e37_79b9_7f4a_7c15 &+ 7)
    var bytes = bytes
    switch index % 5 {
    case 0: bytes.removeLast(bytes.count - generator.below(bytes.count))
    case 1:
      for _ in 0...generator.below(4) {
        bytes[generator.below(bytes.count)] = UInt8(generator.below(256))
      }
    case 2:
      for _ in 0...generator.below(40) {
        bytes[generator.below(bytes.count)] ^= 1 << UInt8(generator.below(8))
      }
    case 3:
      let start = generator.below(bytes.count)
      let fill: [UInt8] = [0, 255, UInt8(generator.below(256))]
      for position in start..<min(bytes.count, start + 4 << generator.below(3)) {
        bytes[position] = fill[generator.below(3)]
      }
    default:
      let (from, to) = (generator.below(bytes.count), generator.below(bytes.count))
      for offset in 0..<generator.below(600) where max(from, to) + offset < bytes.count {
        bytes[to + offset] = bytes[from + offset]
      }
    }
    return bytes
  }

  struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return Int((z ^ (z >> 31)) % UInt64(bound))
    }
  }

  /// A file with everything that this package writes.
  static func writeSample(_ path: String) throws {
    try File.replace(path) { file in
      let train = try file.root().createGroup("train")
      let numbers = (0..<120).map { Float($0) }
      try train.createDataset("features", shape: [20, 6], of: Float.self).write(numbers)
      try train.createDataset("packed", shape: [20, 6], of: UInt8.self, chunks: [4, 6], gzip: 4)
        .write(numbers)
      try train.createDataset("pieces", shape: [20, 6], of: Int16.self, chunks: [4, 6])
        .write(numbers)
      try train.createDataset("names", strings: ["a", "b", "cde"])
      try train.writeAttribute("names", ["a", "bc"])
      try file.writeAttribute("config", String(repeating: "x", count: 300))
      try file.writeAttribute("count", 3)
    }
  }

  static let variantCount = 500

  // The library itself may crash or hang on a damaged file, so a child process does the reading;
  // it writes down which variant it is at. It finds the folder by its parent's process number.
  @Test("no damage to a file of ours crashes or hangs a reader")
  func ownFile() async throws {
    let folder = try Self.makeFolder("own", of: getpid())
    defer { try? FileManager.default.removeItem(at: folder) }
    try Self.writeSample(folder.appendingPathComponent("original.h5").path)
    await #expect(processExitsWith: .success) {
      try DamageTests.readVariants(DamageTests.folder("own", of: getppid()))
    }
    try Self.checkEnd(folder)
  }

  @Test("no damage to a file of Keras, with texts of variable length, crashes or hangs a reader")
  func kerasFile() async throws {
    let folder = try Self.makeFolder("keras", of: getpid())
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.copyItem(
      at: fixture("keras/k3-conv1d.h5"), to: folder.appendingPathComponent("original.h5"))
    await #expect(processExitsWith: .success) {
      try DamageTests.readVariants(DamageTests.folder("keras", of: getppid()))
    }
    try Self.checkEnd(folder)
  }

  static func folder(_ name: String, of process: pid_t) -> URL {
    FileManager.default.temporaryDirectory
      .appendingPathComponent("sounder-test-damage-\(name)-\(process)", isDirectory: true)
  }

  private static func makeFolder(_ name: String, of process: pid_t) throws -> URL {
    let folder = folder(name, of: process)
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  /// What the child does: damages the original in one way after the other, and reads the result.
  static func readVariants(_ folder: URL) throws {
    alarm(240)
    let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent("original.h5")))
    let damaged = folder.appendingPathComponent("damaged.h5")
    for index in 0..<variantCount {
      try Data("\(index)".utf8).write(to: folder.appendingPathComponent("at"))
      try Data(variant(index, of: bytes)).write(to: damaged)
      readEverything(damaged.path)
    }
    try Data("done".utf8).write(to: folder.appendingPathComponent("at"))
  }

  private static func checkEnd(_ folder: URL) throws {
    let at = try String(contentsOf: folder.appendingPathComponent("at"), encoding: .utf8)
    #expect(at == "done", "the reader ended at variant \(at)")
  }

  @Test("a data set that nobody wrote, or hardly, is told from one that packs well")
  func written() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      let zeros = [UInt8](repeating: 0, count: 80 << 20)
      let row = [UInt8](repeating: 1, count: 1 << 10)
      try File.replace(path) { file in
        let root = try file.root()
        try root.createDataset(
          "packed", shape: [80, 1 << 20], of: UInt8.self, chunks: [8, 1 << 20], gzip: 9
        ).write(zeros)
        try root.createDataset("never", shape: [3, 4], of: Float.self)
        try root.createDataset("chunks", shape: [1 << 40, 8], of: Float.self, chunks: [1, 8])
        try root.createDataset("none", shape: [0, 8], of: Float.self, chunks: [1, 8])
        let one = try root.createDataset(
          "one", shape: [1 << 40, 1 << 10], of: UInt8.self, chunks: [1, 1 << 10])
        try row.withUnsafeBufferPointer { try one.write(rows: 7..<8, from: $0) }
      }
      let file = try File(opening: path)
      try file.dataset("packed").checkWritten()
      try file.dataset("none").checkWritten()
      for name in ["never", "chunks", "one"] {
        let error = #expect(throws: HDF5Error.self) { try file.dataset(name).checkWritten() }
        #expect(error?.kind == .damaged && error?.exitCode == 65)
      }
    }
  }

  @Test("a shape too large to be true is an error, not a request for memory")
  func impossibleShape() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try File.replace(path) { file in
        try file.root().createDataset(
          "x", shape: [1 << 30, 1 << 10], of: Float.self, chunks: [1, 1 << 10])
      }
      let file = try File(opening: path)
      let error = #expect(throws: HDF5Error.self) {
        try file.dataset("x").readAll(as: Float.self)
      }
      #expect(error?.kind == .damaged)
      // Rows that nobody wrote are zeros, and can be read one by one.
      var row = [Float](repeating: 1, count: 1 << 10)
      try row.withUnsafeMutableBufferPointer { try file.dataset("x").read(rows: 5..<6, into: $0) }
      #expect(row.allSatisfy { $0 == 0 })
    }
  }
}

import Configuration
import Foundation
import HDF5
import TestSupport
import Testing

@Suite("Files")
struct FileTests {
  private static func write(_ path: String) throws {
    try File.replace(path) { file in
      let train = try file.root().createGroup("train")
      try train.createDataset("features", shape: [10, 4], of: Float.self)
        .write((0..<40).map(Float.init))
      try train.createDataset("labels", shape: [10], of: UInt8.self)
    }
  }

  /// A faulty use, and what its error must be.
  struct Fault: Sendable, CustomTestStringConvertible {
    var name: String
    var kind: HDF5Error.Kind
    var code: Int32
    var words: [String]
    var use: @Sendable (_ folder: URL, _ good: String) throws -> Void

    init(
      _ name: String, _ kind: HDF5Error.Kind, _ code: Int32, _ words: String...,
      use: @escaping @Sendable (_ folder: URL, _ good: String) throws -> Void
    ) {
      self.name = name
      self.kind = kind
      self.code = code
      self.words = words
      self.use = use
    }

    var testDescription: String { name }
  }

  static let faults: [Fault] = [
    Fault("missing file", .missingFile, 66, "there is no such file") { folder, _ in
      _ = try File(opening: folder.path + "/none.h5")
    },
    Fault("folder", .notHDF5, 65, "is a folder") { folder, _ in _ = try File(opening: folder.path)
    },
    Fault("device", .notHDF5, 65, "no regular file") { _, _ in _ = try File(opening: "/dev/zero") },
    Fault("empty file", .notHDF5, 65, "is empty") { folder, _ in
      try Data().write(to: folder.appendingPathComponent("e"))
      _ = try File(opening: folder.path + "/e")
    },
    Fault("text file", .notHDF5, 65, "is not an HDF5 file", "sounder convert") { folder, _ in
      try Data(repeating: 65, count: 5000).write(to: folder.appendingPathComponent("t"))
      _ = try File(opening: folder.path + "/t")
    },
    Fault("truncated file", .damaged, 65, "is truncated") { folder, good in
      let data = try Data(contentsOf: URL(fileURLWithPath: good))
      try data.dropLast(data.count / 3).write(to: folder.appendingPathComponent("c"))
      _ = try File(opening: folder.path + "/c")
    },
    Fault("missing data set", .missingObject, 66, "'/train/feature'", "'/train/features'?") {
      _, good in
      _ = try File(opening: good).dataset("train/feature")
    },
    Fault("missing group", .missingObject, 66, "did you mean '/train/features'?") { _, good in
      _ = try File(opening: good).dataset("trian/features")
    },
    Fault("missing path", .missingObject, 66, "did you mean '/train'?") { _, good in
      _ = try File(opening: good).dataset("trian/somewhere/else")
    },
    Fault("too short a path", .missingObject, 66, "did you mean '/train/features'?") { _, good in
      _ = try File(opening: good).dataset("feature")
    },
    Fault("nothing near", .missingObject, 66, "'/train' has features, labels") { _, good in
      _ = try File(opening: good).dataset("train/completely_different")
    },
    Fault("group for data set", .wrongType, 65, "is a group, but a data set") { _, good in
      _ = try File(opening: good).dataset("train")
    },
    Fault("data set for group", .wrongType, 65, "is a data set, but a group") { _, good in
      _ = try File(opening: good).group("train/labels")
    },
    Fault("path through a data set", .missingObject, 66, "no such data set") { _, good in
      _ = try File(opening: good).dataset("train/labels/x")
    },
    Fault("rows outside", .wrongShape, 65, "8..<11", "it has 10") { _, good in
      var memory = [Float](repeating: 0, count: 12)
      let dataset = try File(opening: good).dataset("train/features")
      try memory.withUnsafeMutableBufferPointer { try dataset.read(rows: 8..<11, into: $0) }
    },
    Fault("wrong count", .wrongShape, 65, "3 values do not fill the shape [2]") { folder, _ in
      try File.replace(folder.path + "/w.h5") { file in
        try file.root().createDataset("x", shape: [2], of: Float.self).write([1, 2, 3])
      }
    },
    Fault("name twice", .exists, 74, "is there already") { folder, _ in
      try File.replace(folder.path + "/w.h5") { file in
        try file.root().createGroup("a/b")
        try file.root().createDataset("a/b", shape: [2], of: Float.self)
      }
    },
    Fault("compression without chunks", .wrongShape, 65, "chunks") { folder, _ in
      try File.replace(folder.path + "/w.h5") { file in
        try file.root().createDataset("x", shape: [2], of: Float.self, gzip: 4)
      }
    },
    Fault("chunks of another rank", .wrongShape, 65, "do not fit") { folder, _ in
      try File.replace(folder.path + "/w.h5") { file in
        try file.root().createDataset("x", shape: [2], of: Float.self, chunks: [1, 1])
      }
    },
    Fault("existing file", .exists, 74, "is there already") { _, good in
      _ = try File(creating: good)
    },
    Fault("missing folder", .io, 74, "does not exist") { folder, _ in
      try File.replace(folder.path + "/no/such/x.h5") { _ in }
    },
    Fault("file for a folder", .io, 74, "is not a folder") { _, good in
      try File.replace(good + "/x.h5") { _ in }
    },
    Fault("writing what was opened to be read", .io, 74, "train/features") { _, good in
      try File(opening: good).dataset("train/features").write([Float](repeating: 0, count: 40))
    },
  ]

  @Test("each fault is one line with file, object and advice", arguments: faults)
  func fault(_ fault: Fault) throws {
    try withTemporaryFolder { folder in
      let good = folder.appendingPathComponent("good.h5").path
      try Self.write(good)
      let before = try Data(contentsOf: URL(fileURLWithPath: good))
      let error = #expect(throws: HDF5Error.self) { try fault.use(folder, good) }
      let found = try #require(error)
      #expect(found.kind == fault.kind, "\(found)")
      #expect(found.exitCode == fault.code)
      for words in fault.words { #expect(found.description.contains(words), "\(found)") }
      #expect(!found.description.contains("\n"))
      #expect(found.description.contains(found.path))
      #expect(try Data(contentsOf: URL(fileURLWithPath: good)) == before, "a file was harmed")
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(!left.contains { $0.contains(".tmp.") }, "\(left)")
    }
  }

  @Test(
    "a folder that may not be written is named",
    .enabled(if: geteuid() != 0, "root may write everywhere"))
  func unwritable() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
      let error = #expect(throws: HDF5Error.self) {
        try File.replace(folder.path + "/x.h5") { _ in }
      }
      #expect(error?.kind == .io)
      #expect(error?.exitCode == ExitCode.inputOutput)
    }
  }

  @Test("a replacement that fails leaves the old file and nothing else")
  func failedReplacement() throws {
    struct Stop: Error {}
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try Self.write(path)
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(throws: Stop.self) {
        try File.replace(path) { file in
          try file.root().createDataset("x", shape: [1000], of: Float.self)
            .write([Float](repeating: 1, count: 1000))
          throw Stop()
        }
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.h5"])
    }
  }

  @Test("a reader of the old file keeps it while a new one takes its place")
  func replacementUnderReader() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("a.h5").path
      try Self.write(path)
      let old = try File(opening: path)
      try File.replace(path) { file in try file.writeAttribute("new", 1) }
      #expect(try old.dataset("train/features").readAll(as: Float.self).count == 40)
      #expect(try File(opening: path).intAttribute("new") == 1)
    }
  }

  @Test("a symbolic link stays one when the file behind it is replaced")
  func symbolicLink() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("real.h5").path
      let link = folder.appendingPathComponent("link.h5").path
      try Self.write(path)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
      try File.replace(link) { file in try file.writeAttribute("new", 1) }
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
      #expect(try File(opening: path).intAttribute("new") == 1)
    }
  }

  @Test("many threads read one file at once")
  func threads() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("sounder-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("a.h5").path
    try Self.write(path)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<50 {
            let file = try File(opening: path)
            let values = try file.dataset("train/features").readAll(as: Double.self)
            #expect(values == (0..<40).map(Double.init))
            #expect(throws: HDF5Error.self) { _ = try file.dataset("none") }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}

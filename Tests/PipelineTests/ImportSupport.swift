import Configuration
import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// A folder with inputs, and the import of some of them.
struct ImportBench {
  let folder: URL

  static func run<R>(_ body: (ImportBench) throws -> R) throws -> R {
    try withTemporaryFolder { try body(ImportBench(folder: $0)) }
  }

  /// Runs `body` with a folder in memory, where there is one: each output is synced, which takes its time
  /// on a busy disk.
  static func runInMemory(_ body: (ImportBench) throws -> Void) throws {
    let memory = URL(fileURLWithPath: "/dev/shm")
    guard access(memory.path, W_OK) == 0 else { return try run(body) }
    let folder = memory.appendingPathComponent("sounder-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(ImportBench(folder: folder))
  }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try Data(bytes).write(to: folder.appendingPathComponent(name))
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

  /// Gzips the file NAME to NAME.gz.
  func gzip(_ name: String) throws {
    let run = try Program("/usr/bin/env").run(["gzip", "-k", path(name)])
    try #require(run.status == 0)
  }

  /// The head of an IDX file.
  static func idx(_ type: UInt8, _ shape: [Int]) -> [UInt8] {
    [0, 0, type, UInt8(shape.count)]
      + shape.flatMap { length in [24, 16, 8, 0].map { UInt8(length >> $0 & 255) } }
  }

  /// The head of an .npy file of version 1 with this text.
  static func npyHead(_ text: String) -> [UInt8] {
    let count = text.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(count & 255), UInt8(count >> 8)]
      + Array(text.utf8)
  }

  /// An .npy file of version 1.
  static func npy(
    _ type: String, _ shape: String, isFortran: Bool = false, _ data: [UInt8]
  ) -> [UInt8] {
    let order = isFortran ? "True" : "False"
    return npyHead("{'descr': '\(type)', 'fortran_order': \(order), 'shape': (\(shape))}") + data
  }

  @discardableResult
  func convert(
    _ names: String..., to output: String = "out.h5",
    change: (inout ImportOptions) -> Void = { _ in }
  ) throws -> ImportSummary {
    var options = ImportOptions()
    change(&options)
    let inputs = try names.map { name in
      let parts = name.split(separator: "=")
      return try ImportInput(
        argument: parts.count == 2 ? "\(parts[0])=\(path(String(parts[1])))" : path(name))
    }
    return try Importer(inputs: inputs, output: path(output), options: options).run()
  }

  /// The one line and code of an import that must fail, and leave nothing behind.
  func failure(
    _ names: String..., change: (inout ImportOptions) -> Void = { _ in }
  ) throws -> (line: String, code: Int32) {
    var options = ImportOptions()
    change(&options)
    let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    let inputs = names.map { ImportInput(path: path($0)) }
    defer {
      let after = try? FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(after == before, "something was left behind")
    }
    do {
      _ = try Importer(inputs: inputs, output: path("out.h5"), options: options).run()
      Issue.record("the import succeeded")
      return ("", 0)
    } catch let error as any ExitCoded {
      #expect(!error.description.contains("\n"))
      return (error.description, error.exitCode)
    }
  }

  /// All rows of what the name stands for, sparse or not.
  func rows(_ name: String, in file: String = "out.h5") throws -> [Float] {
    let source = try DataSource(file: path(file), features: name, target: nil).open()
    var numbers = [Float](
      repeating: .nan, count: source.layout.rowCount * source.layout.featureCount)
    try numbers.withUnsafeMutableBufferPointer {
      try source.readFeatures(0..<source.layout.rowCount, into: $0)
    }
    return numbers
  }

  func floats(_ name: String) throws -> [Float] {
    try File(opening: path("out.h5")).dataset(name).readAll()
  }
}

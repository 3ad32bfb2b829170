import Configuration
import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

@Suite("Damaged files of each format")
struct ImportFuzzTests {
  /// A small valid file, and how it is imported.
  struct Seed: Sendable, CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    var isTable = false
    var skips = false
    var testDescription: String { name }

    init(_ name: String, _ text: String, isTable: Bool = false, skips: Bool = false) {
      self.name = name
      bytes = Array(text.utf8)
      self.isTable = isTable
      self.skips = skips
    }

    init(fixture name: String) {
      self.name = name
      bytes = (try? [UInt8](Data(contentsOf: TestSupport.fixture("numpy/\(name)")))) ?? []
    }
  }

  static let seeds: [Seed] = [
    Seed("csv", "a,b,c\n1,2.5,-3e2\n4,,6\n\"7\",8,9\n10,11,12\r\n"),
    Seed("table", "id,name\n1,\"a \"\"b\"\"\"\n2,\n3,\"x\ny\"\n", isTable: true, skips: true),
    Seed("libsvm", "1 1:0.5 4:2 # c\n-1 qid:3 2:1e2\n0 3:7\n", skips: true),
    Seed(fixture: "list.npy"), Seed(fixture: "fortran.npy"), Seed(fixture: "zip64.npz"),
    Seed(fixture: "fortran.npz"),
  ]

  /// Imports up to the last byte, and stops before the file would be synced.
  private func attempt(_ bytes: [UInt8], _ seed: Seed, _ bench: ImportBench) throws {
    try bench.write("x", bytes)
    var options = ImportOptions()
    options.isTable = seed.isTable
    options.badRows = seed.skips ? .skip : .stop
    let output = bench.path("out.h5")
    do {
      _ = try Importer(
        inputs: [ImportInput(path: bench.path("x"))], output: output, options: options
      ).run { $0.path != output }
      Issue.record("nobody stopped the import")
    } catch let error as any ExitCoded {
      #expect(!error.description.isEmpty && !error.description.contains("\n"))
      #expect([ExitCode.data, ExitCode.usage, 130].contains(error.exitCode), "\(error)")
    }
  }

  @Test("cut at any byte, each ends in a result or one clear line", arguments: seeds)
  func truncation(seed: Seed) throws {
    try #require(!seed.bytes.isEmpty)
    try ImportBench.run { bench in
      for count in 0..<seed.bytes.count { try attempt(Array(seed.bytes[..<count]), seed, bench) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.path) == ["x"])
    }
  }

  @Test("with bytes changed at random, each ends in a result or one clear line", arguments: seeds)
  func flips(seed: Seed) throws {
    try #require(!seed.bytes.isEmpty)
    try ImportBench.run { bench in
      var state: UInt64 = 1
      func random(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
      }
      for _ in 0..<400 {
        var bytes = seed.bytes
        for _ in 0...random(3) {
          let place = random(bytes.count)
          switch random(3) {
          case 0: bytes[place] ^= UInt8(1 << random(8))
          case 1: bytes[place] = UInt8(random(256))
          default: bytes[place] = [0, 255, 10, 34, 44, 58, 48][random(7)]
          }
        }
        try attempt(bytes, seed, bench)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder.path) == ["x"])
    }
  }
}

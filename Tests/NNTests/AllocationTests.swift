import Foundation
import LayerSamples
import NN
import Testing

@Suite("Allocations")
struct AllocationTests {
  /// Runs the probe beside this test bundle: a program whose allocation functions count.
  private func probe(_ arguments: [String]) throws -> [(name: String, count: Int)] {
    let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let folder = bundle.deletingLastPathComponent()
    let process = Process()
    process.executableURL = folder.appendingPathComponent("AllocationProbe")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = String(
      decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return output.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count == 2, let count = Int(words[1]) else { return nil }
      return (String(words[0]), count)
    }
  }

  // oneDNN's kernels for CPUs without AVX-512 take memory from malloc at every product and offer no
  // other way (see `MatrixProduct`): there what happens inside of its calls is not counted.
  @Test("A hundred steps allocate nothing, for every layer, loss and optimizer")
  func none() throws {
    let counts = try probe(Engine.instructionSet == "avx512" ? [] : ["outside"])
    if counts.first?.name == "unsupported" { return }
    #expect(counts.count == 2 * (Loss.Function.allCases.count + 2) + LayerSamples.all.count)
    for (name, count) in counts { #expect(count == 0, "\(name)") }
  }

  @Test("A hundred updates of any optimizer allocate nothing, on any CPU")
  func optimizers() throws {
    let counts = try probe(["optimizers"])
    if counts.first?.name == "unsupported" { return }
    #expect(counts.count > OptimizerRegistry.all.count)
    for (name, count) in counts { #expect(count == 0, "\(name)") }
    let leaks = try probe(["optimizers", "leak"])
    #expect(leaks.allSatisfy { $0.count >= 100 })
  }

  @Test("A hundred batches from memory allocate nothing, of augmented images, too")
  func batches() throws {
    let counts = try probe(["batches"])
    if counts.first?.name == "unsupported" { return }
    #expect(counts.map(\.name) == ["plain", "plain-bytes", "augmented", "augmented-bytes"])
    for (name, count) in counts { #expect(count == 0, "\(name)") }
    let leaks = try probe(["batches", "leak"])
    #expect(leaks.count == 4 && leaks.allSatisfy { $0.count >= 100 })
  }

  @Test("One allocation in each step is counted as a hundred")
  func control() throws {
    let counts = try probe(["leak"])
    let (name, count) = try #require(counts.first)
    #expect(count >= 100 || name == "unsupported")
    let outside = try #require(try probe(["leak", "outside"]).first)
    #expect((100...102).contains(outside.count) || name == "unsupported", "only ours counts")
  }
}

import Configuration
import Foundation
import Testing

@Suite("Damaged job files")
struct FuzzTests {
  /// A small generator, so that a failure can be repeated.
  private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  @Test("random damage to the example job file gives a value or an error of one line")
  func mutations() throws {
    let example = try #require(
      FileManager.default.contents(atPath: "jobs/fashion-mlp.yaml")
        ?? FileManager.default.contents(atPath: Self.repository + "jobs/fashion-mlp.yaml"),
      "jobs/fashion-mlp.yaml is missing")
    var random = SplitMix(state: 1)
    var accepted = 0
    for _ in 0..<4000 {
      var bytes = [UInt8](example)
      for _ in 0..<Int.random(in: 1...8, using: &random) { Self.damage(&bytes, &random) }
      let text = String(decoding: bytes, as: UTF8.self)
      do {
        var value = try Value(yaml: text, file: "job.yaml")
        accepted += 1
        try? value.apply(override: "training.optimizer.adam.learning_rate=0.5")
        #expect(try Value(json: value.json).json == value.json)
      } catch {
        #expect(error.description.hasPrefix("job.yaml:"), "\(error)")
        #expect(!error.description.contains { $0.isNewline })
      }
    }
    #expect(accepted > 100, "the damage should leave some files readable")
    #expect(accepted < 3900, "the damage should make some files unreadable")
  }

  private static let repository = String(
    #filePath.dropLast("Tests/ConfigurationTests/FuzzTests.swift".count))

  private static func damage(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: 0..<bytes.count, using: &random)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes.remove(at: place)
    case 2:
      bytes.insert(
        UInt8("{}[]:,-&*!|>'\"%@`#?~ \n\t".utf8.randomElement(using: &random) ?? 0), at: place)
    case 3: bytes.removeSubrange(place...)
    case 4:
      let end = min(bytes.count, place + Int.random(in: 1...40, using: &random))
      bytes.insert(
        contentsOf: bytes[place..<end], at: Int.random(in: 0..<bytes.count, using: &random))
    default:
      let words = [
        "nan", "1e999", "-1", "null", "[]", "{}", "&a", "*a", "!!int", "\u{FEFF}", "---\n",
      ]
      bytes.insert(contentsOf: (words.randomElement(using: &random) ?? "").utf8, at: place)
    }
  }
}

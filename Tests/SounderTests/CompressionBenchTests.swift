import Configuration
import TestSupport
import Testing

/// `sounder bench compression`: each way of sending numbers beside a copy.
@Suite struct CompressionBenchTests {
  @Test("every compression has its speeds and the size of its messages")
  func speeds() throws {
    let run = try Program().run([
      "bench", "compression", "--json", "--count", "10000", "--seconds", "0.002", "--rounds", "3",
    ])
    #expect(run.status == 0, "\(run.errors)")
    let lines = try run.output.split(separator: "\n").map { try Value(json: String($0)) }
    let shares = [
      "none": 1.0, "bf16": 0.5, "int8, block 256": 0.254, "topk, fraction 0.01": 0.0155,
    ]
    #expect(lines.count == shares.count)
    for line in lines {
      guard case .string(let name)? = line["compression"]?.kind else { continue }
      let share = try #require(shares[name])
      // A header of 16 bytes is 4e-4 of these, and less of longer ones.
      #expect(abs(try #require(line["bytes"]?.number) - share) < 5e-4, "\(name)")
      for speed in ["encode", "decode", "add", "copy"] {
        #expect(try #require(line[speed]?.number) > 0)
      }
    }
  }

  @Test("a name that is not known is an error that says which are")
  func unknown() throws {
    let run = try Program().run(["bench", "compression", "--compression", "int9"])
    #expect(run.status == 65 && run.errors.contains("did you mean 'int8'?"), "\(run.errors)")
  }
}

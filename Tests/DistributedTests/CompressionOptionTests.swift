import Configuration
import Distributed
import Testing

@Suite("The key distribution.compression")
struct CompressionOptionTests {
  private func read(_ yaml: String) throws -> CompressionConfiguration {
    try CompressionConfiguration(
      try Value(yaml: yaml, file: "job.yaml"), at: ["distribution", "compression"])
  }

  private func message(_ yaml: String) -> String {
    do { _ = try read(yaml) } catch { return "\(error)" }
    return ""
  }

  @Test("a name is meant for both directions, and without the key nothing is compressed")
  func names() throws {
    let none = try CompressionConfiguration(nil, at: [])
    #expect(none.push is NoCompression && none.pull is NoCompression)
    for type in CompressionRegistry.all {
      let both = try read(type.name)
      #expect(both.push.namedValue == both.pull.namedValue)
      #expect(Swift.type(of: both.push).name == type.name)
      #expect(try read("{\(type.name): {}}").value == both.value)
    }
    let top = try #require(try read("{topk: {fraction: 1/50}}").pull as? TopCompression)
    #expect(top.fraction == 0.02)
  }

  @Test("directions have one each, and one that is left out is not compressed")
  func directions() throws {
    let both = try read("{push: {topk: {fraction: 0.05}}, pull: bf16}")
    #expect((both.push as? TopCompression)?.fraction == 0.05)
    #expect(both.pull is BFloat16Compression)
    let push = try read("{push: {int8: {block: 1024}}}")
    #expect((push.push as? Int8Compression)?.block == 1024 && push.pull is NoCompression)
    #expect(try read("{}").push is NoCompression)
    #expect(both.push.words == "topk, fraction 0.05" && both.pull.words == "bf16")
  }

  @Test("the section reads what it writes", arguments: CompressedNumbers.names)
  func roundTrip(_ name: String) throws {
    for text in [name, "{push: \(name)}", "{pull: \(name), push: bf16}"] {
      let first = try read(text)
      let again = try CompressionConfiguration(first.value, at: [])
      #expect(again.value == first.value)
    }
    #expect(try read("int8").value != read("bf16").value)
  }

  @Test("the kinds' numbers are all different: they tell messages apart")
  func numbers() {
    let numbers = CompressionRegistry.all.map { $0.number }
    #expect(Set(numbers).count == numbers.count && !numbers.contains(0))
  }

  @Test(
    "what is wrong is named with its place",
    arguments: [
      ("bf61", "did you mean 'bf16'?"), ("gzip", "none, bf16, int8, topk, push, pull"),
      ("{psuh: int8}", "did you mean 'push'?"), ("{push: int8, pul: bf16}", "unknown key 'pul'"),
      ("{push: intt8}", "distribution.compression.push"), ("[int8]", "found a list"),
      ("3", "found 3"), ("{int8: {}, topk: {}}", "choose one of: push, pull"),
      ("{int8: 5}", "distribution.compression.int8: expected keys"),
      ("{psuh: {int8: {}}}", "did you mean 'push'?"),
      ("{int9: {block: 32}}", "did you mean 'int8'?"),
      ("{int8: {fraction: 0.1}}", "distribution.compression.int8: unknown key 'fraction'"),
      ("{topk: {fraction: 0}}", "outside"), ("{topk: {fraction: 0.6}}", "outside"),
      ("{int8: {block: 8}}", "outside"), ("{pull: {bf16: {block: 8}}}", "no keys are known here"),
    ])
  func wrong(_ yaml: String, part: String) {
    #expect(message(yaml).contains(part), "\(message(yaml))")
  }
}

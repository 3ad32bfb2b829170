import Configuration
import Distributed
import Testing

@Suite("The section distribution")
struct ModeOptionTests {
  private func section(_ yaml: String) throws -> DistributionConfiguration {
    var options = try Options(try Value(yaml: yaml, file: "job.yaml"), at: ["distribution"])
    let section = try DistributionConfiguration(options: &options)
    try options.finish()
    return section
  }

  private func message(_ yaml: String) -> String {
    do { _ = try section(yaml) } catch { return "\(error)" }
    return ""
  }

  @Test("every mode is read by its name, and reads what it writes", arguments: modeNames)
  func roundTrip(_ name: String) throws {
    let plain = try section("mode: \(name)")
    #expect(plain.modeName == name)
    var options = try Options(plain.value, at: ["distribution"])
    let again = try DistributionConfiguration(options: &options)
    try options.finish()
    #expect(again.value == plain.value)
    // With all options written out, and with an empty map.
    #expect(try section("mode: {\(name): {}}").value == plain.value)
  }

  @Test("options are taken")
  func options() throws {
    let easgd = try section("mode: {easgd: {interval: 8, elastic_force: 0.5}}")
    let mode = try #require(easgd.mode as? ElasticMode)
    #expect(mode.interval == 8 && mode.force == 0.5)
    #expect(try section("{}").modeName == "hogwild")
    for (text, byteCount) in [("3 MiB", 3 << 20), ("1500", 1500), ("0.5 MiB", 1 << 19)] {
      let sync = try section("mode: {sync: {bucket: \(text)}}")
      #expect((sync.mode as? SynchronousMode)?.bucketByteCount == byteCount)
      var written = try Options(sync.value, at: ["distribution"])
      #expect(try DistributionConfiguration(options: &written).value == sync.value)
    }
    let other = try section("mode: {easgd: {interval: 9, elastic_force: 0.5}}")
    #expect(other.value != easgd.value)
  }

  @Test("an option of one mode given to another says whose it is")
  func foreign() {
    let text = message("mode: {easgd: {push_interval: 2}}")
    for word in ["push_interval", "downpour", "easgd has interval, elastic_force"] {
      #expect(text.contains(word), "\(text)")
    }
    #expect(message("mode: {locked: {interval: 2}}").contains("mode locked has no options"))
    let unknown = message("mode: {easgd: {intervall: 2}}")
    #expect(
      unknown.contains("unknown key 'intervall'") && unknown.contains("interval"), "\(unknown)")
  }

  @Test("an option beside the mode says where it stands")
  func beside() {
    let text = message("{mode: easgd, interval: 8}")
    #expect(text.contains("distribution.interval"), "\(text)")
    #expect(text.contains("mode: {easgd: {interval: 8}}"), "\(text)")
    // A mode without it: the first that has it is the example.
    let other = message("{mode: sync, kappa: 1.5}")
    #expect(other.contains("mode: {gem: {kappa: 1.5}}"), "\(other)")
    #expect(
      message("{mode: {gem: {kappa: 1}}, interval: 3}").contains("mode: {gem: {interval: 3}}"))
    #expect(message("{push_interval: 4}").contains("mode: {downpour: {push_interval: 4}}"))
  }

  @Test("an unknown mode names the nearest one, and all options have their ranges")
  func wrong() {
    #expect(message("mode: easdg").contains("easgd"))
    #expect(message("mode: [easgd]") != "")
    for text in [
      "easgd: {interval: 0}", "easgd: {elastic_force: 1.5}", "eamsgd: {momentum: -1}",
      "gem: {kappa: -1}", "dynsgd: {interval: 1.5}", "downpour: {pull_interval: 0}",
      "localsgd: {outer_momentum: 2}", "localsgd: {outer_learning_rate: -1}",
      "sync: {bucket: 100}", "sync: {bucket: 2 GiB}", "sync: {bucket: large}",
    ] { #expect(message("mode: {\(text)}") != "", "\(text)") }
  }

  @Test(
    "a worker's own numbers for each parameter, with an optimizer of two",
    arguments: [
      ("hogwild", 1), ("locked", 1), ("sync", 3), ("localsgd", 6), ("easgd", 3), ("eamsgd", 5),
      ("gem", 6), ("dynsgd", 4), ("downpour", 1), ("{downpour: {push_interval: 2}}", 2),
      ("{downpour: {pull_interval: 2}}", 4),
    ])
  func memory(_ mode: String, floats: Int) throws {
    #expect(try section("mode: \(mode)").ownFloats(slotCount: 2) == floats)
  }

  @Test("exchange is a choice of hogwild alone", arguments: modeNames)
  func exchange(_ name: String) throws {
    let text = message("{mode: \(name), exchange: copy}")
    #expect(text.isEmpty == (name == "hogwild"), "\(text)")
    #expect(name == "hogwild" || text.contains("mode \(name) has none"), "\(text)")
    #expect(message("{mode: \(name), exchange: auto}") == "")
  }
}

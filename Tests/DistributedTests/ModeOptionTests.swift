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

  @Test("a bound of staleness is for modes that share memory", arguments: modeNames)
  func bound(_ name: String) throws {
    let text = message("{mode: \(name), staleness_bound: 2}")
    let isOpen = !["sync", "localsgd"].contains(name)
    #expect(text.isEmpty == isOpen, "\(text)")
    #expect(isOpen || text.contains("mode \(name) is bounded by itself"), "\(text)")
    let read = try section("{mode: hogwild, staleness_bound: 0}")
    #expect(read.stalenessBound == 0 && read.value["staleness_bound"] == 0)
    #expect(try section("{}").value["staleness_bound"] == nil)
    #expect(message("staleness_bound: -1") != "")
  }

  @Test("a correction of staleness is for modes that apply gradients", arguments: modeNames)
  func correction(_ name: String) {
    let text = message("{mode: \(name), staleness_correction: inverse}")
    let owners = ["hogwild", "locked", "downpour"]
    #expect(text.isEmpty == owners.contains(name), "\(text)")
    #expect(text.isEmpty || text.contains("(hogwild, locked, downpour); mode \(name)"), "\(text)")
    #expect(message("{mode: \(name), staleness_correction: none}") == "")
  }

  @Test(
    "corrections are read with their options, and written",
    arguments: [
      ("inverse", StalenessCorrection.inverse), ("learning_rate", .learningRate(beta: 1)),
      ("{learning_rate: {beta: 0.5}}", .learningRate(beta: 0.5)),
      ("delay_compensation", .delayCompensation(lambda: 0.04)),
      ("{delay_compensation: {lambda: 2}}", .delayCompensation(lambda: 2)), ("none", .none),
    ])
  func corrections(text: String, correction: StalenessCorrection) throws {
    let read = try section("staleness_correction: \(text)")
    #expect(read.correction == correction)
    var options = try Options(read.value, at: ["distribution"])
    #expect(try DistributionConfiguration(options: &options).correction == correction)
  }

  @Test("a correction that cannot be says why")
  func impossible() {
    let delay = "staleness_correction: delay_compensation"
    #expect(message("{exchange: in_place, \(delay)}").contains("set exchange to copy or auto"))
    #expect(message("{exchange: copy, \(delay)}") == "")
    for interval in ["push_interval", "pull_interval"] {
      let text = message("{mode: {downpour: {\(interval): 2}}, \(delay)}")
      #expect(text.contains("set push_interval and pull_interval of downpour to 1"), "\(text)")
    }
    #expect(message("staleness_correction: invers").contains("inverse"))
    #expect(message("staleness_correction: {inverse: {beta: 1}}").contains("beta"))
  }

  @Test("exchange is a choice of hogwild alone", arguments: modeNames)
  func exchange(_ name: String) throws {
    let text = message("{mode: \(name), exchange: copy}")
    #expect(text.isEmpty == (name == "hogwild"), "\(text)")
    #expect(name == "hogwild" || text.contains("mode \(name) has none"), "\(text)")
    #expect(message("{mode: \(name), exchange: auto}") == "")
  }
}

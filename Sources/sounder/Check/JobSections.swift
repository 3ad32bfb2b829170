internal import Configuration
internal import Distributed
internal import NN
internal import Pipeline

/// A job file section by section, so that each is reported for itself.
struct JobSections {
  private(set) var data: DataConfiguration?
  private(set) var pipeline: PipelineConfiguration?
  private(set) var network: NetworkConfiguration?
  private(set) var training: TrainingConfiguration?
  private(set) var distribution: DistributionConfiguration?
  private(set) var output: OutputConfiguration?
  /// The whole job, where all sections can be used.
  private(set) var whole: TrainingJob?
  /// What cannot be used, in the order of the sections.
  private(set) var failures: [CheckItem] = []

  /// The same with data that can be read in place of the job's: converted ones.
  func reading(_ data: DataConfiguration) -> JobSections {
    var copy = self
    copy.data = data
    copy.whole?.data = data
    return copy
  }

  /// Decodes what can be decoded.
  init(_ value: Value) {
    var root: Options
    do throws(ConfigurationError) { root = try Options(value) } catch {
      failures.append(CheckItem("job file", failed: error))
      return
    }
    data = section("data", of: &root) { o throws(ConfigurationError) in
      try DataConfiguration(options: &o)
    }
    pipeline = section("pipeline", of: &root, isOptional: true) {
      o throws(ConfigurationError) in try PipelineConfiguration(options: &o)
    }
    network = section("network", of: &root) {
      o throws(ConfigurationError) in try NetworkConfiguration(options: &o)
    }
    training = section("training", of: &root) {
      o throws(ConfigurationError) in try TrainingConfiguration(options: &o)
    }
    distribution = section("distribution", of: &root, isOptional: true) {
      o throws(ConfigurationError) in try DistributionConfiguration(options: &o)
    }
    output = section("output", of: &root) { o throws(ConfigurationError) in
      try OutputConfiguration(options: &o)
    }
    // The section is looked at by itself.
    _ = root.value("search")
    do throws(ConfigurationError) {
      try root.finish()
      // What is wrong between sections shows once each can be used.
      if failures.isEmpty { whole = try TrainingJob(value: value) }
    } catch {
      failures.append(CheckItem("job file", failed: error))
    }
  }

  private mutating func section<Section>(
    _ key: String, of root: inout Options, isOptional: Bool = false,
    _ decode: (inout Options) throws(ConfigurationError) -> Section
  ) -> Section? {
    do throws(ConfigurationError) {
      var options: Options
      if let given = try root.options(key) {
        options = given
      } else if isOptional {
        options = try Options(Value(.null), at: [key])
      } else {
        options = try root.requiredOptions(key)
      }
      let section = try decode(&options)
      try options.finish()
      return section
    } catch {
      failures.append(CheckItem(key, failed: error))
      return nil
    }
  }
}

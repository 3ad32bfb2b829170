internal import ArgumentParser

/// Probabilities between 0 and 1, separated by commas: `0.05,0.5,0.95`.
struct ProbabilityList: ExpressibleByArgument {
  let values: [Double]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    var values: [Double] = []
    for part in parts {
      guard let value = Double(part.drop { $0 == " " }), value > 0, value < 1 else { return nil }
      values.append(value)
    }
    self.values = values
  }
}

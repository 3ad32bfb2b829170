import Configuration
import HyperOpt
import Testing

/// What a space accepts, and which of its parameters are active.
@Suite struct SearchSpaceTests {
  private static let distributions: [Distribution] = [
    .float(low: -1, high: 3), .float(low: 1e-5, high: 1, log: true),
    .float(low: 0, high: 1, step: 0.25), .int(low: 3, high: 9), .int(low: 1, high: 1000, log: true),
    .int(low: 2, high: 17, step: 5), .categorical(["a", "b", "c"]), .ordinal([1, 10, 100]),
    .boolean, .float(low: 2, high: 2), .int(low: 4, high: 4),
  ]

  @Test(
    "every place of the unit scale gives a value, and its own place gives it back",
    arguments: distributions)
  func unitScale(distribution: Distribution) {
    for place in stride(from: 0.0, through: 1.0, by: 1 / 128) {
      let value = distribution.internalValue(atUnit: place)
      #expect(distribution.contains(value), "\(value) at \(place)")
      let again = distribution.internalValue(atUnit: distribution.unit(of: value))
      #expect(abs(again - value) <= 1e-12 * max(1, abs(value)))
      #expect(distribution.internalValue(of: distribution.value(of: value)) == value)
    }
  }

  @Test("values of a grid own equal parts of a linear scale")
  func equalParts() {
    let distribution = Distribution.int(low: 0, high: 3)
    let values = stride(from: 0.125, to: 1, by: 0.25).map { distribution.internalValue(atUnit: $0) }
    #expect(values == [0, 1, 2, 3])
  }

  @Test("a parameter is active only while its conditions hold, through all its parents")
  func conditions() throws {
    let space = try SearchSpace([
      Parameter("optimizer", .categorical(["sgd", "adam"])),
      Parameter("momentum", .float(low: 0, high: 1), when: [.init("optimizer", .oneOf([0]))]),
      Parameter("nesterov", .boolean, when: [.init("momentum", .within(0.5...1))]),
    ])
    let sgd = space.assignment { $0.name == "momentum" ? 0.9 : 0 }
    #expect(sgd.values.keys.sorted() == ["momentum", "nesterov", "optimizer"])
    let adam = space.assignment { $0.name == "optimizer" ? 1 : 0.9 }
    #expect(adam.values == ["optimizer": 1])
    #expect(space.contains(sgd))
    #expect(!space.contains(Assignment(["optimizer": 1, "momentum": 0.9])))
  }

  @Test("what cannot be searched is refused in one line that names the parameter")
  func wrongSpaces() {
    let wrong: [([Parameter], String)] = [
      ([], "empty"),
      ([Parameter("x", .float(low: 2, high: 1))], "'x'"),
      ([Parameter("x", .float(low: 0, high: 1, log: true))], "log scale"),
      ([Parameter("x", .categorical([]))], "no choices"),
      ([Parameter("x", .boolean), Parameter("x", .boolean)], "twice"),
      ([Parameter("x", .boolean, when: [.init("y", .oneOf([1]))])], "'y'"),
      ([Parameter("x", .int(low: 1, high: 4, log: true, step: 2))], "step"),
    ]
    for (parameters, words) in wrong {
      let error = #expect(throws: StudyError.self) { try SearchSpace(parameters) }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
      #expect(error?.exitCode == 65)
    }
  }
}

import Configuration
import HyperOpt
import Testing

/// A search space of the shared sampler tests.
struct SuiteSpace: Sendable, CustomTestStringConvertible {
  let name: String
  let space: SearchSpace
  var testDescription: String { name }

  private init(_ name: String, _ parameters: [Parameter], forbidding: [[Condition]] = []) throws {
    self.name = name
    space = try SearchSpace(parameters, forbidding: forbidding)
  }

  /// Three plain numbers.
  static func continuous() throws -> SuiteSpace {
    try SuiteSpace(
      "continuous",
      [
        Parameter("x", .float(low: -5, high: 10)), Parameter("y", .float(low: 0, high: 1)),
        Parameter("rate", .float(low: 1e-5, high: 1, log: true)),
      ])
  }

  /// Every kind of distribution.
  static func mixed() throws -> SuiteSpace {
    try SuiteSpace(
      "mixed",
      [
        Parameter("x", .float(low: -5, high: 10)),
        Parameter("rate", .float(low: 1e-5, high: 1, log: true)),
        Parameter("width", .int(low: 4, high: 128, log: true)),
        Parameter("depth", .int(low: 1, high: 5)),
        Parameter("even", .int(low: 2, high: 11, step: 3)),
        Parameter("share", .float(low: 0, high: 1, step: 0.25)),
        Parameter("kind", .categorical(["a", "b", "c"])), Parameter("bias", .boolean),
        Parameter("size", .ordinal([32, 64, 128, 256])),
      ])
  }

  /// Two branches, one of them with a branch of its own.
  static func conditional() throws -> SuiteSpace {
    try SuiteSpace(
      "conditional",
      [
        Parameter("optimizer", .categorical(["sgd", "adam"])),
        Parameter("rate", .float(low: 1e-5, high: 1, log: true)),
        Parameter("momentum", .float(low: 0, high: 0.99), when: [.init("optimizer", .oneOf([0]))]),
        Parameter("nesterov", .boolean, when: [.init("momentum", .within(0.5...1))]),
        Parameter("beta", .float(low: 0.8, high: 0.999), when: [.init("optimizer", .oneOf([1]))]),
        Parameter("depth", .int(low: 1, high: 3)),
        Parameter("units2", .int(low: 8, high: 64), when: [.init("depth", .within(2...3))]),
        Parameter("units3", .int(low: 8, high: 64), when: [.init("depth", .within(3...3))]),
      ])
  }

  /// Half of it is forbidden.
  static func forbidden() throws -> SuiteSpace {
    try SuiteSpace(
      "forbidden",
      [
        Parameter("x", .float(low: 0, high: 1)), Parameter("kind", .categorical(["a", "b", "c"])),
        Parameter("n", .int(low: 1, high: 4)),
      ],
      forbidding: [
        [.init("kind", .oneOf([0])), .init("n", .within(2...4))],
        [.init("kind", .oneOf([1])), .init("x", .within(0...0.5))],
      ])
  }

  /// Six combinations.
  static func finite() throws -> SuiteSpace {
    try SuiteSpace(
      "finite", [Parameter("kind", .categorical(["a", "b", "c"])), Parameter("flag", .boolean)])
  }

  static func all() throws -> [SuiteSpace] {
    try [
      continuous(), mixed(), conditional(), forbidden(), finite(),
      SuiteSpace("one float", [Parameter("x", .float(low: 0, high: 1))]),
      SuiteSpace("one int", [Parameter("n", .int(low: 0, high: 1_000_000))]),
      SuiteSpace("categories only", [Parameter("kind", .categorical(["a", "b", "c", "d"]))]),
      SuiteSpace(
        "with one-value dimensions",
        [
          Parameter("x", .float(low: 2, high: 2)), Parameter("y", .float(low: 0, high: 1)),
          Parameter("n", .int(low: 4, high: 4)), Parameter("only", .categorical(["a"])),
          Parameter("grid", .float(low: 0.5, high: 0.7, step: 0.3)),
        ]),
      SuiteSpace("one value", [Parameter("x", .float(low: 2, high: 2))]),
      SuiteSpace(
        "narrow",
        [
          Parameter("x", .float(low: 1, high: 1 + 1e-12)),
          Parameter("y", .float(low: 1e-300, high: 1e-290, log: true)),
        ]),
      SuiteSpace(
        "large",
        (0..<24).map { Parameter("x\($0)", .float(low: -1, high: 1)) }
          + (0..<6).map { Parameter("k\($0)", .categorical(["a", "b"])) }),
    ]
  }
}

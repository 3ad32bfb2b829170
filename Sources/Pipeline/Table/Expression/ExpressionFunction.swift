import Glibc

/// What a formula does with numbers.
enum ExpressionFunction: String, Sendable, CaseIterable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case power = "**"
  case negate
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case equal = "=="
  case different = "!="
  case log, log1p, exp, sqrt, abs, min, max
  case choose = "where"
  case isMissing = "missing"

  /// How many numbers it takes.
  var argumentCount: Int {
    switch self {
    case .negate, .log, .log1p, .exp, .sqrt, .abs, .isMissing: 1
    case .choose: 3
    default: 2
    }
  }

  /// Those that are written as a name with arguments.
  static let named: [String: ExpressionFunction] = [
    "log": .log, "log1p": .log1p, "exp": .exp, "sqrt": .sqrt, "abs": .abs, "min": .min,
    "max": .max, "where": .choose, "if": .choose, "missing": .isMissing,
  ]

  /// Those that compare, the longer ones first.
  static let comparisons: [ExpressionFunction] = [
    .lessOrEqual, .greaterOrEqual, .equal, .different, .less, .greater,
  ]

  /// The result for the arguments that `value` gives; NaN where one that is needed is missing.
  @inline(__always)
  func apply(_ value: (Int) -> Double) -> Double {
    let first = value(0)
    func compared(_ isTrue: (Double, Double) -> Bool) -> Double {
      let second = value(1)
      return first.isNaN || second.isNaN ? .nan : isTrue(first, second) ? 1 : 0
    }
    switch self {
    case .add: return first + value(1)
    case .subtract: return first - value(1)
    case .multiply: return first * value(1)
    case .divide: return first / value(1)
    case .power:
      // pow(NaN, 0) would be 1.
      let second = value(1)
      return first.isNaN || second.isNaN ? .nan : pow(first, second)
    case .negate: return -first
    case .less: return compared(<)
    case .lessOrEqual: return compared(<=)
    case .greater: return compared(>)
    case .greaterOrEqual: return compared(>=)
    case .equal: return compared(==)
    case .different: return compared(!=)
    case .log: return Glibc.log(first)
    case .log1p: return Glibc.log1p(first)
    case .exp: return Glibc.exp(first)
    case .sqrt: return first.squareRoot()
    case .abs: return first.magnitude
    case .min:
      let second = value(1)
      return first.isNaN || second.isNaN ? .nan : Swift.min(first, second)
    case .max:
      let second = value(1)
      return first.isNaN || second.isNaN ? .nan : Swift.max(first, second)
    case .choose: return first.isNaN ? .nan : first != 0 ? value(1) : value(2)
    case .isMissing: return first.isNaN ? 1 : 0
    }
  }
}

import Configuration
import HDF5
import Pipeline
import TestSupport
import Testing

/// The formulas of `expression`.
@Suite("Formulas over columns")
struct ExpressionTests {
  /// The result for columns of one number each.
  private static func value(_ text: String, _ numbers: [String: Float]) throws -> Float {
    let expression = try Expression(text)
    let columns = try expression.columns.map { name -> CellColumn in
      let column = CellColumn(.number(width: 1), rowCount: 1)
      column.numbers[0] = try #require(numbers[name], "\(name)")
      return column
    }
    let stage = Compute([("r", expression)])
    let made = CellColumn(.number(width: 1), rowCount: 1)
    stage.transform(
      TableBlock(columns, names: expression.columns, rowCount: 1, firstRow: 0), into: [made])
    return made.numbers[0]
  }

  @Test("operators bind as in Python, functions are those of mathematics")
  func values() throws {
    let numbers: [String: Float] = ["a": 6, "b": 2, "_c1": -3, "zero": 0, "two words": 5]
    for (text, expected) in [
      ("a / (b + 1)", 2), ("a - b - 1", 3), ("a / b / 3", 1), ("2 ** 3 ** 2", 512),
      ("-b ** 2", -4), ("b ** -1", 0.5), ("--a", 6), ("1 + 2 * 3 - -1", 8), ("2 * -b", -4),
      ("a > b", 1), ("a < b", 0), ("a >= 6", 1), ("a <= 5.5", 0), ("a == 6", 1), ("a != 6", 0),
      ("a + 1 > b * 3", 1), ("log(exp(1))", 1), ("log1p(zero)", 0), ("sqrt(a + 3)", 3),
      ("abs(_c1)", 3), ("min(a, b)", 2), ("max(a, max(b, 7))", 7), ("where(a > b, a, b)", 6),
      ("if(zero, 1 / zero, 4)", 4), ("missing(a)", 0), ("`two words` * .5", 2.5), ("1.5e2", 150),
      (" 1E-1 ", 0.1), ("a  *b", 12),
    ] as [(String, Float)] {
      #expect(try Self.value(text, numbers) == expected, "\(text)")
    }
  }

  @Test("what is not defined, and what a missing value is part of, is missing")
  func missing() throws {
    let numbers: [String: Float] = ["n": .nan, "a": 1, "zero": 0, "big": 3e38]
    for text in [
      "a / zero", "log(zero)", "log(-a)", "sqrt(-a)", "n + 1", "n * zero", "n > a", "n == n",
      "n ** 0", "min(n, a)", "max(a, n)", "where(n, 1, 2)", "where(1, n, 2)", "big * big",
      "exp(1000)", "zero / zero", "1 / (1 / zero)",
    ] {
      #expect(try Self.value(text, numbers).isNaN, "\(text)")
    }
    #expect(try Self.value("where(missing(n), 7, n)", numbers) == 7)
    #expect(try Self.value("where(0, n, 2)", numbers) == 2)
  }

  @Test("an error names the place and what was expected there")
  func refused() throws {
    for (text, place, words) in [
      ("a +", 4, "found the end"), ("a + )", 5, "found ')'"), ("(a", 3, "expected ')'"),
      ("a b", 3, "expected an operator"), ("sine(a)", 1, "no function 'sine'"),
      ("sqr(a)", 1, "did you mean 'sqrt'?"), ("min(a)", 1, "takes 2"), ("1.2.3", 1, "no number"),
      ("", 1, "found the end"), ("`a", 2, "between two `"), ("a < b < c", 7, "operator"),
      ("a # b", 3, "found '#'"), ("log(a", 6, "',' or ')'"), (".", 1, "'.' is no number"),
      ("1e999", 1, "no number"),
    ] as [(String, Int, String)] {
      let error = #expect(throws: PipelineError.self, "\(text)") { try Expression(text) }
      let description = error?.description ?? ""
      #expect(description.contains("character \(place):"), "\(description)")
      #expect(description.contains(words), "\(description)")
    }
    for text in [
      String(repeating: "(", count: 5000), String(repeating: "2**", count: 3000) + "2",
      String(repeating: "a+", count: 6000) + "a",
    ] {
      #expect(throws: PipelineError.self) { try Expression(text) }
    }
    // Long ones that are not deep are well.
    #expect(try Self.value(String(repeating: "a+", count: 4000) + "a", ["a": 1]) == 4001)
    #expect(try Self.value(String(repeating: "-", count: 5000) + "a", ["a": 1]) == 1)
  }
}

import Configuration

/// Reads a formula into what is done one after the other.
///
///     comparison = sum [("<" | "<=" | ">" | ">=" | "==" | "!=") sum]
///     sum        = product {("+" | "-") product}
///     product    = sign {("*" | "/") sign}
///     sign       = {"-" | "+"} power
///     power      = atom ["**" sign]
///     atom       = number | column | "`" column "`" | name "(" comparison {"," comparison} ")"
///                | "(" comparison ")"
struct ExpressionParser {
  /// Formulas that stand in each other deeper than that are refused.
  private static let deepest = 64
  private static let longest = 10_000

  private let text: String
  private let characters: [Character]
  private var place = 0
  private var nesting = 0
  /// The names of the columns.
  private(set) var columns: [String] = []
  /// What is done, one after the other.
  private(set) var operations: [Expression.Operation] = []

  init(_ text: String) {
    self.text = text
    characters = Array(text)
  }

  mutating func run() throws(PipelineError) {
    guard characters.count <= Self.longest else {
      throw failed("is longer than \(Self.longest) characters")
    }
    try comparison()
    skipSpace()
    guard place == characters.count else {
      throw failed("expected an operator or the end, found '\(characters[place])'")
    }
  }

  private mutating func comparison() throws(PipelineError) {
    nesting += 1
    guard nesting <= Self.deepest else {
      throw failed("more than \(Self.deepest) formulas stand in each other")
    }
    try sum()
    for function in ExpressionFunction.comparisons where take(function.rawValue) {
      try sum()
      operations.append(.apply(function))
      break
    }
    nesting -= 1
  }

  private mutating func sum() throws(PipelineError) {
    try product()
    while true {
      if take("+") {
        try product()
        operations.append(.apply(.add))
      } else if take("-") {
        try product()
        operations.append(.apply(.subtract))
      } else {
        return
      }
    }
  }

  private mutating func product() throws(PipelineError) {
    try sign()
    while true {
      if !isNext("**"), take("*") {
        try sign()
        operations.append(.apply(.multiply))
      } else if take("/") {
        try sign()
        operations.append(.apply(.divide))
      } else {
        return
      }
    }
  }

  private mutating func sign() throws(PipelineError) {
    var isNegative = false
    while true {
      if take("-") {
        isNegative.toggle()
      } else if !take("+") {
        break
      }
    }
    try atom()
    if take("**") {
      nesting += 1
      guard nesting <= Self.deepest else {
        throw failed("more than \(Self.deepest) formulas stand in each other")
      }
      try sign()
      nesting -= 1
      operations.append(.apply(.power))
    }
    if isNegative { operations.append(.apply(.negate)) }
  }

  private mutating func atom() throws(PipelineError) {
    skipSpace()
    guard place < characters.count else {
      throw failed("expected a number, a column or a parenthesis, found the end")
    }
    let start = place
    let first = characters[place]
    if take("(") {
      try comparison()
      guard take(")") else { throw expected("')'") }
    } else if first.isWholeNumber || first == "." {
      try number()
    } else if first == "`" {
      place += 1
      guard let end = characters[place...].firstIndex(of: "`"), end > place else {
        throw failed("expected the name of a column between two `")
      }
      push(column: String(characters[place..<end]))
      place = end + 1
    } else if first.isLetter || first == "_" {
      while place < characters.count,
        characters[place].isLetter || characters[place].isNumber || characters[place] == "_"
      { place += 1 }
      let name = String(characters[start..<place])
      guard isNext("(") else { return push(column: name) }
      try call(name, start)
    } else {
      throw failed("expected a number, a column or a parenthesis, found '\(first)'")
    }
  }

  private mutating func call(_ name: String, _ start: Int) throws(PipelineError) {
    guard let function = ExpressionFunction.named[name] else {
      place = start
      throw failed(
        "there is no function '\(name)': "
          + Spelling.advice(for: name, among: ExpressionFunction.named.keys.sorted()))
    }
    _ = take("(")
    var count = 0
    repeat {
      try comparison()
      count += 1
    } while take(",")
    guard take(")") else { throw expected("',' or ')'") }
    guard count == function.argumentCount else {
      place = start
      throw failed(
        "\(name) takes \(function.argumentCount) argument(s), and \(count) are given")
    }
    operations.append(.apply(function))
  }

  private mutating func number() throws(PipelineError) {
    let start = place
    func isDigit(_ place: Int) -> Bool {
      place < characters.count && characters[place].isASCII && characters[place].isWholeNumber
    }
    while isDigit(place) || place < characters.count && characters[place] == "." { place += 1 }
    if place < characters.count, characters[place] == "e" || characters[place] == "E" {
      let hasSign = place + 1 < characters.count && "+-".contains(characters[place + 1])
      if isDigit(place + (hasSign ? 2 : 1)) {
        place += hasSign ? 2 : 1
        while isDigit(place) { place += 1 }
      }
    }
    guard let number = Double(String(characters[start..<place])), number.isFinite else {
      let found = String(characters[start..<max(place, start + 1)])
      place = start
      throw failed("'\(found)' is no number")
    }
    operations.append(.number(number))
  }

  private mutating func push(column name: String) {
    let index = columns.firstIndex(of: name) ?? columns.count
    if index == columns.count { columns.append(name) }
    operations.append(.column(index))
  }

  private mutating func skipSpace() {
    while place < characters.count, characters[place].isWhitespace { place += 1 }
  }

  private mutating func isNext(_ word: String) -> Bool {
    skipSpace()
    return characters[place...].starts(with: word)
  }

  private mutating func take(_ word: String) -> Bool {
    guard isNext(word) else { return false }
    place += word.count
    return true
  }

  private func expected(_ what: String) -> PipelineError {
    failed(
      "expected \(what), found " + (place < characters.count ? "'\(characters[place])'" : "the end")
    )
  }

  private func failed(_ message: String) -> PipelineError {
    PipelineError(
      "expression: '\(text.prefix(100))', character \(min(place, characters.count) + 1): \(message)"
    )
  }
}

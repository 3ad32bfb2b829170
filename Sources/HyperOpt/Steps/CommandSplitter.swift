/// Splits a command into words with placeholders, after the quoting rules of the POSIX shell (2.2).
struct CommandSplitter {
  private let characters: [Character]
  private var place = 0
  private var words: [CommandTemplate.Word] = []
  private var word: CommandTemplate.Word?
  private var wordIsPlain = true

  init(_ text: String) { characters = Array(text) }

  /// Words that only a shell understands.
  private static let operators: Set<String> = ["|", "||", "&", "&&", ";", "<", ">", ">>", "2>&1"]

  mutating func split() throws(StudyError) -> [CommandTemplate.Word] {
    while let character = next() {
      switch character {
      case _ where character.isWhitespace: try endWord()
      case "'": try quoted(by: "'")
      case "\"": try quoted(by: "\"")
      case "\\":
        wordIsPlain = false
        guard let escaped = next() else { throw Self.wrong("ends with a backslash") }
        // A backslash at the end of a line goes on with the next line.
        if !escaped.isNewline { append(String(escaped)) }
      default: try take(character)
      }
    }
    try endWord()
    return words
  }

  private mutating func quoted(by quote: Character) throws(StudyError) {
    wordIsPlain = false
    word = word ?? CommandTemplate.Word()
    while let character = next() {
      if character == quote { return }
      if quote == "\"", character == "\\", let following = peek, "\"\\$`\n".contains(following) {
        place += 1
        if !following.isNewline { append(String(following)) }
      } else {
        try take(character)
      }
    }
    throw Self.wrong("has a quote (\(quote)) that is not closed")
  }

  /// A character of a word, or a placeholder that begins here.
  private mutating func take(_ character: Character) throws(StudyError) {
    if character == "{" || character == "}", peek == character {
      place += 1
      append(String(character))
    } else if character == "{" {
      let rest = characters[place...]
      guard let end = rest.firstIndex(of: "}") else {
        throw Self.wrong("has a brace that is not closed: write {{ for a brace")
      }
      let name = String(rest[..<end])
      place = end + 1
      word = word ?? CommandTemplate.Word()
      word?.pieces.append(.name(name))
    } else {
      append(String(character))
    }
  }

  private mutating func append(_ text: String) {
    word = word ?? CommandTemplate.Word()
    if case .text(let before)? = word?.pieces.last {
      word?.pieces.removeLast()
      word?.pieces.append(.text(before + text))
    } else {
      word?.pieces.append(.text(text))
    }
  }

  private mutating func endWord() throws(StudyError) {
    defer {
      word = nil
      wordIsPlain = true
    }
    guard let word else { return }
    if wordIsPlain, case .text(let text)? = word.pieces.first,
      Self.operators.contains(text) || text.hasPrefix(">") || text.hasPrefix("$(")
    {
      throw Self.wrong(
        "has '\(text)', which only a shell understands: write sh -c '...', or quote it")
    }
    words.append(word)
  }

  private var peek: Character? { place < characters.count ? characters[place] : nil }

  private mutating func next() -> Character? {
    defer { place += 1 }
    return peek
  }

  private static func wrong(_ what: String) -> StudyError { StudyError("search.command \(what)") }
}

internal import Configuration

/// A command line with `{name}` in place of values: what tunes a program that is not ours.
///
/// The text is split into words as a shell splits them (blanks, single and double quotes, backslash),
/// and that is all a shell would do: a value never makes two words of one. `{{` and `}}` stand for
/// braces.
public struct CommandTemplate: Sendable, Equatable {
  /// One word of the command line.
  struct Word: Sendable, Equatable {
    var pieces: [Piece] = []

    /// The names in braces.
    var names: [String] { pieces.compactMap { if case .name(let name) = $0 { name } else { nil } } }
  }

  /// A part of a word.
  enum Piece: Sendable, Equatable {
    case text(String)
    case name(String)
  }

  /// The names that every command may use: the trial's number, its number of ranks, a seed of its
  /// own, and a place for a checkpoint that a resumed trial finds again.
  public static let given = ["trial", "ranks", "seed", "checkpoint"]

  let words: [Word]

  /// Splits a command.
  ///
  /// - Throws: `StudyError` for an empty command, an open quote or brace, and for `|`, `>` and their
  ///   like outside of quotes, which only a shell understands.
  public init(_ text: String) throws(StudyError) {
    var splitter = CommandSplitter(text)
    words = try splitter.split()
    guard !words.isEmpty else { throw StudyError("search.command: the command is empty") }
  }

  /// The names in braces, each once, in order.
  public var names: [String] {
    var found: [String] = []
    for name in words.flatMap(\.names) where !found.contains(name) { found.append(name) }
    return found
  }

  /// The program to run; nil when its name depends on a parameter.
  public var program: String? {
    guard let word = words.first, word.names.isEmpty else { return nil }
    return Self.text(of: word) { _ in nil }
  }

  /// Checks that every name is known, and that every parameter is used.
  ///
  /// - Throws: `StudyError` that names the first that is not.
  public func check(parameters: [String]) throws(StudyError) {
    let known = parameters + Self.given
    for name in names where !known.contains(name) {
      throw StudyError(
        "search.command: there is no parameter for {\(name)}: "
          + "\(Spelling.advice(for: name, among: known)); write {{ and }} for braces themselves")
    }
    let used = Set(names)
    for parameter in parameters where !used.contains(parameter) {
      throw StudyError(
        "search.command: the parameter '\(parameter)' is never used: put {\(parameter)} into the "
          + "command, or take the parameter out")
    }
  }

  /// The words with values in place of names.
  ///
  /// A parameter that is not active has none: a word that needs it is left out, and with it the
  /// option before it, `--momentum {momentum}`.
  public func arguments(_ values: [String: String]) -> [String] {
    var arguments: [String] = []
    var optionIsLast = false
    for word in words {
      if let text = Self.text(of: word, { values[$0] }) {
        arguments.append(text)
        optionIsLast = word.names.isEmpty && text.hasPrefix("-") && !text.contains("=")
      } else {
        if optionIsLast { arguments.removeLast() }
        optionIsLast = false
      }
    }
    return arguments
  }

  private static func text(of word: Word, _ value: (String) -> String?) -> String? {
    var text = ""
    for piece in word.pieces {
      switch piece {
      case .text(let part): text += part
      case .name(let name):
        guard let part = value(name) else { return nil }
        text += part
      }
    }
    return text
  }
}

extension Value {
  /// The value as one word of a command line.
  package var word: String {
    switch kind {
    case .string(let text): text
    case .number(let number): "\(number)"
    default: json
    }
  }
}

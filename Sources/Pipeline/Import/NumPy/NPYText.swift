/// The text of an .npy head: a Python dictionary of three entries, read as such and never run.
///
///     {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
struct NPYText {
  struct Fields {
    var type: String
    var isFortran: Bool
    var shape: [Int]
  }

  private let bytes: [UInt8]
  private let path: String

  init(_ bytes: [UInt8], _ path: String) {
    self.bytes = bytes
    self.path = path
  }

  /// The three entries, each once, in any order.
  func fields() throws(PipelineError) -> Fields {
    var position = 0
    var type: String?
    var isFortran: Bool?
    var shape: [Int]?
    try expect("{", &position)
    while !take("}", &position) {
      let key = try quoted(&position)
      try expect(":", &position)
      switch key {
      case "descr" where type == nil: type = try typeText(&position)
      case "fortran_order" where isFortran == nil: isFortran = try truth(&position)
      case "shape" where shape == nil: shape = try lengths(&position)
      default: throw damaged("the entry '\(key.excerpt)' is unknown, or there twice")
      }
      guard take(",", &position) else {
        try expect("}", &position)
        break
      }
    }
    skipSpaces(&position)
    guard position == bytes.count else { throw damaged("there is text behind the entries") }
    guard let type, let isFortran, let shape else {
      throw damaged("one of 'descr', 'fortran_order' and 'shape' is missing")
    }
    return Fields(type: type, isFortran: isFortran, shape: shape)
  }

  private func damaged(_ what: String) -> PipelineError {
    PipelineError("\(path): the NumPy head is damaged: \(what)")
  }

  private func skipSpaces(_ position: inout Int) {
    while position < bytes.count, bytes[position] == 32 || bytes[position] == 10 { position += 1 }
  }

  private func take(_ word: StaticString, _ position: inout Int) -> Bool {
    skipSpaces(&position)
    let count = word.utf8CodeUnitCount
    guard count <= bytes.count - position else { return false }
    for index in 0..<count where bytes[position + index] != word.utf8Start[index] { return false }
    position += count
    return true
  }

  private func expect(_ word: StaticString, _ position: inout Int) throws(PipelineError) {
    guard take(word, &position) else {
      throw damaged("a '\(word)' is missing at byte \(position)")
    }
  }

  /// A text in quotes of either kind, without escapes.
  private func quoted(_ position: inout Int) throws(PipelineError) -> String {
    skipSpaces(&position)
    guard position < bytes.count, bytes[position] == 39 || bytes[position] == 34 else {
      throw damaged("a text in quotes is missing at byte \(position)")
    }
    let quote = bytes[position]
    let start = position + 1
    var end = start
    while end < bytes.count, bytes[end] != quote, bytes[end] != 92, bytes[end] >= 32 { end += 1 }
    guard end < bytes.count, bytes[end] == quote else {
      throw damaged("the quote at byte \(position) is never closed")
    }
    position = end + 1
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  private func typeText(_ position: inout Int) throws(PipelineError) -> String {
    guard !take("[", &position), !take("(", &position) else {
      throw PipelineError(
        "\(path): holds records of several fields, which are not read: save each field as an array"
          + " of its own")
    }
    return try quoted(&position)
  }

  private func truth(_ position: inout Int) throws(PipelineError) -> Bool {
    if take("True", &position) { return true }
    try expect("False", &position)
    return false
  }

  /// `()`, `(3,)`, `(3, 4)` or `(3, 4,)`.
  private func lengths(_ position: inout Int) throws(PipelineError) -> [Int] {
    var lengths: [Int] = []
    try expect("(", &position)
    while !take(")", &position) {
      skipSpaces(&position)
      var length = 0
      let start = position
      while position < bytes.count, bytes[position] >= 48, bytes[position] <= 57 {
        guard length < 1 << 50 else { throw damaged("an axis is impossibly long") }
        length = 10 * length + Int(bytes[position] - 48)
        position += 1
      }
      guard position > start else { throw damaged("a length is missing at byte \(start)") }
      lengths.append(length)
      guard take(",", &position) else {
        // `(3)` is a number in Python, and no shape.
        guard lengths.count > 1 else { throw damaged("the shape is no tuple") }
        try expect(")", &position)
        break
      }
    }
    return lengths
  }
}

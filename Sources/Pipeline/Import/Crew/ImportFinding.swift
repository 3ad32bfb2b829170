/// What a part of a file says, which processes tell each other.
protocol ImportFinding {
  /// Takes in what a part behind this one says.
  mutating func merge(_ other: Self)
  /// Appends it to a message.
  func write(to message: inout ImportMessage)
  /// Reads what `write(to:)` has appended.
  init(from message: inout ImportMessage.Reader)
}

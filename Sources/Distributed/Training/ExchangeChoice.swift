/// Which exchange the workers took, as every rank hears it.
struct ExchangeChoice {
  /// Whether Hogwild works on private copies.
  let usesCopy: Bool
  private let mode: String
  private let measured: Calibration?

  init(mode: String, usesCopy: Bool, measured: Calibration? = nil) {
    self.mode = mode
    self.usesCopy = usesCopy
    self.measured = measured
  }

  /// For the report: "hogwild, in place".
  var words: String {
    mode == HogwildMode.name ? "\(mode), \(usesCopy ? "private copy" : "in place")" : mode
  }

  /// What was measured, when something was.
  var note: String? { measured?.summary }

  /// Tells all ranks the first worker's choice.
  ///
  /// Collective over the world.
  func told(
    on world: borrowing Communicator, by firstWorker: Int
  ) throws -> ExchangeChoice {
    var numbers = [usesCopy ? 1 : 0, measured?.inPlace ?? 0, measured?.copy ?? 0]
    try numbers.withUnsafeMutableBufferPointer {
      try world.broadcast($0, from: firstWorker)
    }
    return ExchangeChoice(
      mode: mode, usesCopy: numbers[0] != 0,
      measured: numbers[1] > 0 ? Calibration(inPlace: numbers[1], copy: numbers[2]) : nil)
  }
}

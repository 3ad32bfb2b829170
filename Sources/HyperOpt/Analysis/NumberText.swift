private import Foundation

extension Double {
  /// The number with at most four significant digits: `0.9312`, `12000`, `1.5e-05`.
  package var brief: String { text(significantDigits: 4) }

  /// The number rounded to some significant digits, without zeros at its end.
  package func text(significantDigits digits: Int) -> String {
    guard isFinite else { return isNaN ? "nan" : self < 0 ? "-inf" : "inf" }
    guard self != 0 else { return "0" }
    // The exponent after rounding: 9.9996 has that of 10.
    var exponent = Int(log10(abs(self)).rounded(.down))
    let scaled = (abs(self) / pow(10, Double(exponent - digits + 1))).rounded()
    if scaled >= pow(10, Double(digits)) { exponent += 1 }
    if exponent < -4 || exponent >= max(digits, 6) {
      let mantissa = (self / pow(10, Double(exponent))).fixed(digits - 1).droppingZeros
      return
        "\(mantissa)e\(exponent < 0 ? "-" : "+")\(abs(exponent) < 10 ? "0" : "")\(abs(exponent))"
    }
    return fixed(max(digits - 1 - exponent, 0)).droppingZeros
  }

  /// The number with a fixed count of decimal places.
  package func fixed(_ places: Int) -> String {
    guard isFinite, abs(self) < 1e15 else { return "\(self)" }
    let scale = pow(10, Double(places))
    let scaled = (abs(self) * scale).rounded()
    guard scaled < 9e15 else { return "\(self)" }
    let number = Int(scaled)
    let sign = self < 0 && number > 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(number)" }
    let divisor = Int(scale)
    let fraction = String(number % divisor)
    let zeros = String(repeating: "0", count: places - fraction.count)
    return "\(sign)\(number / divisor).\(zeros)\(fraction)"
  }
}

extension String {
  /// A decimal number without zeros at the end of its fraction.
  fileprivate var droppingZeros: String {
    guard contains(".") else { return self }
    var text = self
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }
}

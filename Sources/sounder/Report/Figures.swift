private import Glibc

/// Numbers as a reader wants them.
package enum Figures {
  /// `value` with this many digits behind the point.
  package static func fixed(_ value: Double, _ digitCount: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    let scale = pow(10, Double(digitCount))
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 1e15 else { return "\(value)" }
    let number = UInt64(scaled)
    let sign = value < 0 && number > 0 ? "-" : ""
    guard digitCount > 0 else { return sign + "\(number)" }
    let digits = "\(number)"
    let padded = String(repeating: "0", count: max(0, digitCount + 1 - digits.count)) + digits
    return sign + padded.dropLast(digitCount) + "." + padded.suffix(digitCount)
  }

  /// A loss or a metric: four digits behind the point, an exponent where they would say nothing.
  package static func metric(_ value: Double) -> String {
    guard value.isFinite, value != 0, abs(value) < 0.001 || abs(value) >= 1e6 else {
      return fixed(value, 4)
    }
    let exponent = Int(floor(log10(abs(value))))
    return fixed(value / pow(10, Double(exponent)), 3) + "e\(exponent)"
  }

  /// A whole number with its thousands set apart: `60,000`.
  package static func grouped(_ value: Int) -> String {
    var text = ""
    for (index, digit) in "\(value.magnitude)".reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + String(text.reversed())
  }

  /// Seconds as a clock shows them: `0:07`, `1:02:03`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
    let whole = Int(seconds.rounded())
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)") + ":\(two(whole % 60))"
  }

  /// A number of bytes in the largest binary unit that leaves at least 1: `1.5 MiB`.
  package static func bytes(_ count: Int) -> String {
    var amount = Double(count)
    for unit in ["bytes", "KiB", "MiB", "GiB"] {
      if amount < 1024 {
        return fixed(amount, unit == "bytes" || amount >= 100 ? 0 : 1) + " \(unit)"
      }
      amount /= 1024
    }
    return fixed(amount, 1) + " TiB"
  }
}

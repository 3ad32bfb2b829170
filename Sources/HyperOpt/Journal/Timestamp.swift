private import Glibc

/// Times as journals write them: `2026-05-04T13:02:01.250000+00:00`.
enum Timestamp {
  /// Seconds since 1970, now.
  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec / 1000) / 1e6
  }

  /// The text in UTC, with microseconds.
  static func text(_ seconds: Double) -> String {
    let microseconds = Int((min(max(seconds, 0), 253_402_300_799) * 1e6).rounded())
    var whole = time_t(microseconds / 1_000_000)
    var parts = tm()
    gmtime_r(&whole, &parts)
    return digits(Int(parts.tm_year) + 1900, 4) + "-" + digits(Int(parts.tm_mon) + 1, 2) + "-"
      + digits(Int(parts.tm_mday), 2) + "T" + digits(Int(parts.tm_hour), 2) + ":"
      + digits(Int(parts.tm_min), 2) + ":" + digits(Int(parts.tm_sec), 2) + "."
      + digits(microseconds % 1_000_000, 6) + "+00:00"
  }

  /// Seconds since 1970 of such a text; without a zone it is local time; nil for anything else.
  static func seconds(_ text: String) -> Double? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 19, let year = number(bytes, 0, 4), let month = number(bytes, 5, 2),
      let day = number(bytes, 8, 2), let hour = number(bytes, 11, 2),
      let minute = number(bytes, 14, 2), let second = number(bytes, 17, 2)
    else { return nil }
    var at = 19
    var fraction = 0.0
    if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
      at += 1
      var scale = 0.1
      var micros = 0.0
      while at < bytes.count, let digit = number(bytes, at, 1) {
        micros += Double(digit) * (scale * 1e6).rounded()
        scale /= 10
        at += 1
      }
      fraction = micros / 1e6
    }
    var parts = tm()
    parts.tm_year = Int32(year) - 1900
    parts.tm_mon = Int32(month) - 1
    parts.tm_mday = Int32(day)
    parts.tm_hour = Int32(hour)
    parts.tm_min = Int32(minute)
    parts.tm_sec = Int32(second)
    guard at < bytes.count else {
      parts.tm_isdst = -1
      return Double(mktime(&parts)) + fraction
    }
    let base = Double(timegm(&parts)) + fraction
    if bytes[at] == UInt8(ascii: "Z") { return base }
    guard bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-"),
      let hours = number(bytes, at + 1, 2), let minutes = number(bytes, at + 4, 2)
    else { return nil }
    let offset = Double(hours * 3600 + minutes * 60)
    return bytes[at] == UInt8(ascii: "+") ? base - offset : base + offset
  }

  private static func digits(_ value: Int, _ count: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
  }

  private static func number(_ bytes: [UInt8], _ from: Int, _ count: Int) -> Int? {
    guard from + count <= bytes.count else { return nil }
    var result = 0
    for byte in bytes[from..<from + count] {
      guard 0x30...0x39 ~= byte else { return nil }
      result = result * 10 + Int(byte - 0x30)
    }
    return result
  }
}

import Configuration
import Testing

@Suite("Spans of time")
struct DurationTests {
  @Test(
    "a span has a unit, is a clock's reading, or a number of seconds",
    arguments: [
      ("90 s", 90), ("10 min", 600), ("2 h", 7200), ("1.5h", 5400), ("1 d", 86_400),
      ("250 ms", 0.25), (45, 45), (0.5, 0.5), ("2:00:00", 7200), ("01:30", 90),
    ] as [(Value, Double)])
  func read(value: Value, seconds: Double) throws {
    var options = try Options(["wait": value])
    #expect(try options.duration("wait") == seconds)
    #expect(try options.duration("absent") == nil)
  }

  @Test(
    "anything else is refused with an example",
    arguments: ["soon", "10", "10 parsecs", "1:99", "-1:00", "::", "", true, -3] as [Value])
  func refused(value: Value) throws {
    var options = try Options(["wait": value])
    #expect(throws: ConfigurationError.self) { try options.duration("wait") }
  }
}

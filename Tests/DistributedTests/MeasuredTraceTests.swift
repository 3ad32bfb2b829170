import Configuration
import Distributed
import Foundation
import Testing

/// The file from which a simulation takes its numbers.
@Suite("A measured trace")
struct MeasuredTraceTests {
  private static let good = """
    {"traceEvents": [], "otherData": {"sounder": {"format": 1, "mode": "hogwild", "workers": 2,
    "parameters": 1000000, "batch_size": 64, "state_floats": 2, "update": "backward", "ranks": [
    {"rank": 0, "steps": 0, "read": 0, "compute": 0, "communicate": 0, "wait": 1, "bytes": 0,
    "cpu": 0.1, "resident": 1000},
    {"rank": 1, "steps": 100, "read": 0.1, "compute": 1.0, "communicate": 0.01, "wait": 0,
    "bytes": 0, "cpu": 1, "resident": 1000},
    {"rank": 2, "steps": 100, "read": 0.3, "compute": 1.2, "communicate": 0.01, "wait": 0,
    "bytes": 0, "cpu": 1, "resident": 1000}]}}}
    """

  @Test("times are those of a step, the spread that between workers")
  func times() throws {
    let trace = try MeasuredTrace(json: Self.good)
    #expect(trace.workerCount == 2 && trace.batchSize == 64 && trace.parameterCount == 1_000_000)
    #expect(abs(trace.readSeconds - 0.002) < 1e-12 && abs(trace.computeSeconds - 0.011) < 1e-12)
    // 10 and 12 ms: a deviation of 1.414 ms from their mean.
    #expect(abs(trace.workerSpread - 2.0.squareRoot() / 11) < 1e-9)
    #expect(trace.stepSpread == nil)
    let model = try trace.model(coreBandwidth: 10e9)
    // The update, 24 bytes for each parameter, is in the time of compute.
    #expect(abs(model.computeSeconds - 0.0086) < 1e-12)
    #expect(abs(model.aloneSeconds - 0.013) < 1e-12)
  }

  @Test(
    "the update is taken out of where it was measured, with the state of the optimizer that was",
    arguments: [
      ("backward", 2, 2.4), ("compute", 2, 2.8), ("exchange", 2, 0.0), ("backward", 0, 0.8),
    ])
  func update(place: String, stateFloats: Int, milliseconds: Double) throws {
    let text = Self.good.replacingOccurrences(of: "backward", with: place)
      .replacingOccurrences(of: "\"state_floats\": 2", with: "\"state_floats\": \(stateFloats)")
    let model = try MeasuredTrace(json: text).model(coreBandwidth: 10e9)
    #expect(abs(model.computeSeconds - (0.011 - milliseconds * 1e-3)) < 1e-12)
    #expect(model.stateFloats == stateFloats)
  }

  @Test("the spread of steps comes from the steps that are in it")
  func steps() throws {
    let events = (0..<100).flatMap { step in
      let event = #"{"name":"compute","ph":"X","pid":1,"ts":\#(step),"dur":"#
      let duration = step % 2 == 0 ? 90 : 110
      // A pass, an update behind the exchange, and the smaller pass at the end of an epoch.
      return [
        event + #"\#(duration),"args":{"rows":64}}"#, event + "10}",
        event + #"30,"args":{"rows":\#(step % 10 == 0 ? 16 : 0)}}"#,
      ]
    }
    let text = Self.good.replacingOccurrences(
      of: #""traceEvents": []"#, with: #""traceEvents": [\#(events.joined(separator: ","))]"#)
    let spread = try #require(try MeasuredTrace(json: text).stepSpread)
    #expect(abs(spread - 0.1) < 0.002)
  }

  @Test(
    "a damaged one is an error that names what is wrong",
    arguments: [
      ("\"format\": 1", "\"format\": 2", "format"), ("\"sounder\"", "\"other\"", "sounder"),
      ("\"mode\": \"hogwild\"", "\"mode\": 5", "mode"),
      ("\"workers\": 2", "\"workers\": 0", "workers"),
      ("1000000", "-5", "parameters"), ("\"batch_size\": 64,", "", "batch_size"),
      ("\"state_floats\": 2", "\"state_floats\": -2", "state_floats"),
      ("backward", "somewhere", "update"), ("\"steps\": 100", "\"steps\": 0", "step"),
      ("\"compute\": 1.2", "\"compute\": \"x\"", "compute"),
      ("\"read\": 0.1", "\"read\": -1", "read"),
      ("\"ranks\": [", "\"ranks\": 3, \"r\": [", "ranks"),
      ("{\"traceEvents\"", "{\"traceEvents", "JSON"),
    ])
  func damaged(from: String, to: String, word: String) throws {
    let text = Self.good.replacingOccurrences(of: from, with: to)
    #expect(text != Self.good)
    #expect { _ = try MeasuredTrace(json: text) } throws: { "\($0)".contains(word) }
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("sounder-trace-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    #expect { _ = try MeasuredTrace(reading: path) } throws: {
      ($0 as? DistributedError)?.exitCode == ExitCode.data
    }
  }

  @Test("one that is not there is a missing input")
  func missing() {
    #expect { _ = try MeasuredTrace(reading: "/nonexistent/trace.json") } throws: {
      ($0 as? DistributedError)?.exitCode == ExitCode.missingInput
    }
  }
}

import Configuration
import Foundation
import TestSupport
import Testing

@Suite("sounder simulate")
struct SimulateTests {
  private let sounder = Program()
  private static let model = ["--compute-ms", "2.6", "--parameters", "269322"]

  private func rows(_ arguments: [String]) throws -> [Value] {
    let run = try sounder.run(["simulate", "--json"] + Self.model + arguments)
    try #require(run.status == 0, "\(run.errors)")
    guard case .list(let rows)? = try Value(json: run.output)["rows"]?.kind else { return [] }
    return rows
  }

  @Test("all modes on up to 65,536 workers take seconds, and come with a verdict for each")
  func everything() throws {
    let run = try sounder.run(["simulate"] + Self.model)
    #expect(run.status == 0, "\(run.errors)")
    // About two seconds on a machine of its own.
    #expect(run.seconds < 120)
    let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first?.hasPrefix("mode") == true)
    for mode in ["hogwild", "localsgd 50", "sync"] {
      #expect(lines.count { $0.hasPrefix(mode) } == 7, "\(run.output)")
      #expect(lines.contains { $0.hasPrefix(mode) && $0.contains("keeps 90 % up to") })
    }
    #expect(try sounder.run(["simulate"] + Self.model).output == run.output)
  }

  @Test("what busy cores lose is counted")
  func busySpeed() throws {
    let options = ["--workers", "4", "--cores", "4", "--modes", "hogwild", "--spread", "0"]
    let rates = try ["1", "0.5"].map {
      try rows(options + ["--busy-speed", $0]).first?["samples_per_second"]?.number ?? 0
    }
    #expect(rates[0] > 0 && abs(rates[1] / rates[0] - 0.5) < 0.05, "\(rates)")
    let none = try sounder.run(["simulate"] + Self.model + ["--busy-speed", "0"])
    #expect(none.status == ExitCode.usage && none.errors.contains("busy"), "\(none.errors)")
  }

  @Test("a private copy of the weights costs its bytes in hogwild, and nothing in other modes")
  func privateCopy() throws {
    // Beside 24 bytes a parameter, the copy's 8 and the gradient's 4: with 1 GB/s, of 24 ms of update 12 more.
    let options = [
      "--parameters", "1000000", "--compute-ms", "100", "--core-gb", "1", "--workers", "2",
      "--cores", "4", "--spread", "0",
    ]
    for (mode, slower) in [("hogwild", 112.0 / 100), ("easgd", 1)] {
      let rates = try ["in_place", "copy"].map {
        try rows(options + ["--modes", mode, "--exchange", $0]).first?["samples_per_second"]?.number
          ?? 0
      }
      #expect(abs(rates[0] / rates[1] / slower - 1) < 0.002, "\(mode): \(rates)")
    }
  }

  @Test("lists are tried in all combinations, which modes without servers have fewer of")
  func combinations() throws {
    let rows = try rows([
      "--workers", "64,128", "--modes", "{easgd: {interval: 8}},sync", "--servers", "1,2",
      "--interval", "4,16,64", "--compression", "none,{push: int8, pull: bf16}", "--cores", "32",
    ])
    #expect(rows.count == 2 * (2 * 3 * 2) + 2 * 2)
    #expect(rows[2]["compression"]?.json == #""{push: int8, pull: bf16}""#)
    #expect(rows[0]["mode"]?["easgd"]?["interval"] == 8)
    #expect(rows[0]["nodes"] == 2 && rows[1]["nodes"] == 4)
    #expect(rows.last?["mode"]?["sync"] != nil && rows.last?["servers"] == nil)
    #expect(rows.last?["compression"]?.json == #""{push: int8, pull: bf16}""#)
    #expect(rows.allSatisfy { ($0["samples_per_second"]?.number ?? 0) > 0 })
  }

  @Test("the picture is one file, which is not replaced unasked")
  func picture() throws {
    try withTemporaryFolder { folder in
      let arguments = ["simulate", "--workers", "64,128", "--modes", "hogwild,sync"] + Self.model
      for name in ["plot.svg", "plot.html"] {
        let run = try sounder.run(arguments + ["--output", name], in: folder)
        #expect(run.status == 0, "\(run.errors)")
        let text = try String(
          contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
        #expect(text.contains("<svg xmlns=") && text.contains(">hogwild</text>"))
        let again = try sounder.run(arguments + ["--output", name], in: folder)
        #expect(again.status == ExitCode.inputOutput && again.errors.contains("--overwrite"))
      }
      // Before anything is computed.
      let nowhere = try sounder.run(arguments + ["--output", "no/plot.svg"], in: folder)
      #expect(nowhere.status == ExitCode.inputOutput && nowhere.output.isEmpty)
      #expect(nowhere.errorLines.count == 1 && nowhere.errors.contains("does not exist"))
      let wrong = try sounder.run(arguments + ["--output", "plot.png"], in: folder)
      #expect(wrong.status == ExitCode.usage && wrong.errors.contains(".svg"))
    }
  }

  @Test(
    "what cannot be simulated is one line that says why",
    arguments: [
      (["--workers", "64,x"], "whole number"), (["--workers", "0"], "whole number"),
      (["--modes", "hogwyld"], "hogwild"), (["--modes", "{sync: {interval: 3}}"], "interval"),
      (["--servers", "100", "--workers", "64"], "more servers"),
      (["--link-gbit", "0"], "bandwidth"),
      (["--compression", "int9"], "int8"), (["--nodes", "100", "--workers", "64"], "nodes"),
      (["--cores", "0"], "cores"), (["--allreduce", "rin"], "ring"), (["--batch", "0"], "batch"),
      (["--compute-ms", "nan"], "compute"), (["--exchange", "inplace"], "in_place"),
    ])
  func refused(arguments: [String], word: String) throws {
    let run = try sounder.run(["simulate"] + Self.model + arguments)
    #expect(run.status == ExitCode.usage, "\(run.output)")
    #expect(run.errorLines.count == 1 && run.errors.contains(word), "\(run.errors)")
  }

  @Test("without a measurement, or with a damaged one, it says how to make one")
  func traces() throws {
    try withTemporaryFolder { folder in
      let nothing = try sounder.run(["simulate"])
      #expect(nothing.status == ExitCode.usage && nothing.errors.contains("--trace"))
      let missing = try sounder.run(["simulate", "trace.json"], in: folder)
      #expect(missing.status == ExitCode.missingInput && missing.errors.contains("--trace"))
      let path = folder.appendingPathComponent("trace.json")
      try #"{"traceEvents": []}"#.write(to: path, atomically: true, encoding: .utf8)
      let damaged = try sounder.run(["simulate", "trace.json"], in: folder)
      #expect(damaged.status == ExitCode.data && damaged.errorLines.count == 1)
      let good = """
        {"otherData": {"sounder": {"format": 1, "mode": "hogwild", "workers": 1, "parameters": 1000,
        "batch_size": 32, "state_floats": 0, "update": "backward", "ranks": [{"rank": 0, "steps": 100, "read": 0,
        "compute": 1, "communicate": 0, "wait": 0, "bytes": 0, "cpu": 1, "resident": 1}]}}}
        """
      try good.write(to: path, atomically: true, encoding: .utf8)
      let run = try sounder.run(
        ["simulate", "trace.json", "--json", "--workers", "64", "--modes", "hogwild"], in: folder)
      let rate = try Value(json: run.output)["alone_samples_per_second"]?.number
      #expect(abs((rate ?? 0) - 3200) < 1, "\(run.output)\(run.errors)")
      #expect(run.errors.isEmpty)
      try good.replacingOccurrences(of: "\"workers\": 1", with: "\"workers\": 3")
        .write(to: path, atomically: true, encoding: .utf8)
      let several = try sounder.run(["simulate", "trace.json", "--workers", "64"], in: folder)
      #expect(several.status == 0 && several.errors.hasPrefix("note: the trace is of 3 workers"))
    }
  }
}

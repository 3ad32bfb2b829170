import Configuration
import Foundation
import TestSupport
import Testing

@Suite("The command line")
struct CommandLineTests {
  private let sounder = Program()

  @Test(
    "what cannot be understood is one line on standard error and code 64",
    arguments: [
      ["trian"], ["doctor", "--jsn"], ["doctor", "too", "much"], ["--nothing"],
    ])
  func usage(arguments: [String]) throws {
    let run = try sounder.run(arguments)
    #expect(run.status == ExitCode.usage)
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("sounder: error: "))
    #expect(run.errors.contains(" --help')"))
    #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
  }

  @Test("a misspelt command is told the nearest one, another word all of them")
  func unknownCommand() throws {
    let near = try sounder.run(["trian", "--ranks", "3"]).errors
    #expect(near.contains("unknown command 'trian': did you mean 'train'?"), "\(near)")
    let far = try sounder.run(["x.yaml"]).errors
    #expect(far.contains("choose one of: train, compare, "), "\(far)")
  }

  @Test("under mpirun the first rank alone says so")
  func usageOnRanks() throws {
    let run = try sounder.run(["trian"], ranks: 3)
    #expect(run.status == ExitCode.usage)
    #expect(run.errorLines.count == 1, "\(run.errors)")
  }

  @Test("help goes to standard output and is no error", arguments: [["--help"], ["doctor", "-h"]])
  func help(arguments: [String]) throws {
    let run = try sounder.run(arguments)
    #expect(run.status == 0)
    #expect(run.output.contains("USAGE: sounder"))
    #expect(run.errors.isEmpty)
  }

  @Test("a reader that leaves early is no error, a full disk is one")
  func standardOutput() throws {
    let path = sounder.path
    let pipe = try Program("/bin/bash").run([
      "-o", "pipefail", "-c", "'\(path)' --help | true; echo ${PIPESTATUS[0]}",
    ])
    #expect(pipe.output == "0\n", "\(pipe.output) \(pipe.errors)")
    let full = try Program("/bin/bash").run(["-c", "'\(path)' --help > /dev/full"])
    #expect(full.status == ExitCode.inputOutput)
    #expect(full.errorLines.count == 1)
  }
}

@Suite("sounder doctor")
struct DoctorTests {
  private let sounder = Program()

  @Test("names every library and tool with its version")
  func lines() throws {
    let run = try sounder.run(["doctor"])
    #expect(run.status == 0)
    for name in [
      "MPI library", "mpirun", "HDF5", "oneDNN", "LAPACK", "zlib", "libdeflate", "processor",
    ] {
      #expect(run.output.contains(name), "\(name) is missing in\n\(run.output)")
    }
  }

  @Test("works without any tool in PATH and says what to install")
  func withoutTools() throws {
    let run = try sounder.run(["doctor"], environment: ["PATH": "/nonexistent"])
    #expect(run.status == 0)
    #expect(run.output.contains("missing mpirun"))
    #expect(run.output.contains("apt-get install "))
    #expect(run.errors.isEmpty)
  }

  @Test("prints one JSON document when asked")
  func json() throws {
    let run = try sounder.run(["doctor", "--json"])
    let value = try Value(json: run.output)
    guard case .list(let items) = value.kind else {
      Issue.record("no list")
      return
    }
    #expect(items.contains { $0["name"] == "HDF5" && $0["ok"] == true })
  }
}

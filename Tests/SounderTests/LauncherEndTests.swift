import Configuration
import Distributed
import Foundation
import TestSupport
import Testing

/// Launchers that do not behave, in front of the real one.
@Suite("Ends of a launcher", .serialized)
struct LauncherEndTests {
  private let sounder = Program()

  /// Makes a launcher that does `lines` for its first job and leaves later ones to the real one; the variables
  /// with which `sounder` finds it.
  private func launcher(_ lines: [String], in folder: URL) throws -> [String: String] {
    let real = try #require(InstalledLauncher.first(for: .linked)?.path)
    let script =
      ["#!/bin/bash", "cd '\(folder.path)'"].joined(separator: "\n") + """

        if [ "$1" = --version ] || [ -e begun ]; then cd "$OLDPWD"; exec '\(real)' "$@"; fi
        \(lines.joined(separator: "\n"))

        """
    let path = folder.appendingPathComponent("mpirun").path
    try Data(script.utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    let own = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return ["PATH": folder.path + ":" + own]
  }

  @Test("one that hangs when its job has ended is killed, and the training goes on")
  func hangs() throws {
    try withTemporaryFolder { folder in
      try withTemporaryFolder { own in
        let job = try SmallJob(in: folder, epochs: 2)
        // What Open MPI does where a rank dies inside of MPI_Init: no handlers, no end, ranks left.
        let environment = try launcher(
          ["trap : USR1", "sleep 3", "touch begun", "trap - USR1", "sleep 600 & wait"], in: own)
        let run = try sounder.run(
          ["train", "job.yaml", "--ranks", "2", "--max-restarts", "1"], in: folder,
          environment: environment, timeoutSeconds: 240)
        #expect(run.status == 0, "\(run.status) \(run.errors)")
        let line =
          "sounder: restart 1 of 1, from the beginning: mpirun hung when it had ended the job of 2 ranks"
        #expect(run.errors.contains(line), "\(run.errors)")
        #expect(job.files == ["data.h5", "job.yaml", "model.h5"])
      }
    }
  }

  @Test("one that is asked to stop before it listens ends the training as one that has not begun")
  func stopsEarly() throws {
    try withTemporaryFolder { folder in
      try withTemporaryFolder { own in
        let job = try SmallJob(in: folder, epochs: 2)
        let environment = try launcher(["touch begun", "exec sleep 600"], in: own)
        let running = try sounder.start(
          ["train", "job.yaml", "--ranks", "2"], in: folder, environment: environment)
        let begun = own.appendingPathComponent("begun").path
        try #require(
          Program.wait { FileManager.default.fileExists(atPath: begun) ? true : nil } != nil)
        running.send(SIGTERM)
        let run = running.wait()
        #expect(run.status == ExitCode.stoppedEarly, "\(run.status) \(run.errors)")
        #expect(run.errors.contains("stopped before the first step"), "\(run.errors)")
        #expect(job.files == ["data.h5", "job.yaml"])
      }
    }
  }
}

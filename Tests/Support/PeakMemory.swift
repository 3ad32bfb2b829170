public import Foundation

extension Program {
  /// Runs the program without `mpirun` to its end.
  ///
  /// - Returns: What it left behind, and the most memory that it had at once, in MiB; python3 measures it.
  public func peak(
    _ arguments: [String], in folder: URL, timeoutSeconds: Double = 120
  ) throws -> (run: Run, mebibytes: Double) {
    let script = """
      import resource, subprocess, sys
      code = subprocess.call(sys.argv[2:], stdout=subprocess.DEVNULL)
      with open(sys.argv[1], "w") as file:
          print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=file)
      sys.exit(code)
      """
    let file = folder.appendingPathComponent("peak-\(UUID().uuidString)")
    let run = try Program("/usr/bin/env").run(
      ["python3", "-c", script, file.path, path] + arguments, in: folder,
      timeoutSeconds: timeoutSeconds)
    let text = try String(contentsOf: file, encoding: .utf8)
    try FileManager.default.removeItem(at: file)
    // The kernel counts KiB.
    return (run, Double(text.filter(\.isNumber)).map { $0 / 1024 } ?? .infinity)
  }
}

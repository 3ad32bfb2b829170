private import CDeflate
private import CHDF5
private import CKernels
private import CLAPACK
private import COneDNN
private import CZlib
internal import Configuration
private import Distributed
private import FoundationEssentials

/// One thing that training, launching or building needs, and whether it is there.
struct Finding {
  /// What was looked for.
  var name: String
  /// What was found, or why what was found does not do.
  var text: String
  /// Whether nothing needs to be done.
  var isFine = true
  /// The Debian and Ubuntu package that brings it.
  var package: String?

  /// One line for a reader.
  var line: String {
    let padding = String(repeating: " ", count: max(1, 16 - name.count))
    return "\(isFine ? "ok      " : "missing ")\(name)\(padding)\(text)"
  }

  /// The same for a program.
  var value: Value {
    [
      "name": Value(.string(name)), "ok": Value(.bool(isFine)), "found": Value(.string(text)),
      "package": package.map { Value(.string($0)) } ?? nil,
    ]
  }

  /// Everything, in the order of the way from the machine to the program.
  static var all: [Finding] {
    [processor, memory, sharedMemory, swift, mpi, launcher, slurm, hdf5, oneDNN, lapack, zlib]
      + [deflate, fashionMNIST]
  }

  // MARK: The machine

  private static var processor: Finding {
    let model = field("model name", of: "/proc/cpuinfo") ?? "unknown processor"
    let count = ProcessInfo.processInfo.activeProcessorCount
    let kernels = String(cString: ck_cpu())
    return Finding(
      name: "processor",
      text: "\(model), \(count) core\(count == 1 ? "" : "s") usable, kernels: \(kernels)")
  }

  private static var memory: Finding {
    func bytes(_ key: String) -> String {
      let number = field(key, of: "/proc/meminfo")?.split(separator: " ").first
      return number.flatMap { Int($0) }.map { Figures.bytes($0 * 1024) } ?? "unknown"
    }
    return Finding(name: "memory", text: "\(bytes("MemTotal")), \(bytes("MemAvailable")) free")
  }

  /// Where MPI keeps the parameters that the ranks of a node share.
  private static var sharedMemory: Finding {
    guard let free = Storage.freeByteCount(at: "/dev/shm") else {
      return Finding(
        name: "shared memory", text: "/dev/shm is not mounted: MPI keeps its windows in /tmp")
    }
    return Finding(
      name: "shared memory", text: "\(Figures.bytes(free)) free in /dev/shm",
      isFine: free > 64 << 20)
  }

  // MARK: Tools

  private static var swift: Finding {
    guard let path = InstalledLauncher.find("swift") else {
      return Finding(name: "Swift", text: "not in PATH (only needed to build)")
    }
    let text = (try? ChildProcess.output(of: [path, "--version"])) ?? ""
    let line = text.split(separator: "\n").first { $0.contains("Swift version") }
    return Finding(name: "Swift", text: line.map(String.init) ?? path)
  }

  private static var mpi: Finding {
    let words = ErrorLine.oneLine(Session.libraryVersion())
    let version = words.split(separator: ",").first.map(String.init) ?? words
    return Finding(name: "MPI library", text: version)
  }

  private static var launcher: Finding {
    let dialect = MPIDialect.linked
    let installed = InstalledLauncher.all(for: dialect)
    if let match = installed.first(where: { $0.dialect == dialect }) {
      return Finding(name: "mpirun", text: "\(match.path), \(match.version)")
    }
    guard let other = installed.first else {
      return Finding(
        name: "mpirun", text: "not in PATH: --ranks cannot start a job", isFine: false,
        package: dialect.debianPackage)
    }
    return Finding(
      name: "mpirun",
      text: "\(other.path) (\(other.version)) does not belong to \(dialect.rawValue), with which "
        + "sounder was built", isFine: false, package: dialect.debianPackage)
  }

  private static var slurm: Finding {
    guard let path = InstalledLauncher.find("srun") else {
      return Finding(name: "Slurm", text: "not here (only needed on a cluster that has it)")
    }
    let text = (try? ChildProcess.output(of: [path, "--version"])) ?? ""
    guard let version = text.split(separator: "\n").first(where: { $0.hasPrefix("slurm") }) else {
      return Finding(name: "Slurm", text: "\(path), which reaches no cluster from here")
    }
    let types = (try? ChildProcess.output(of: [path, "--mpi=list"])) ?? ""
    let way = types.contains("pmix") ? "srun --mpi=pmix" : "no PMIx: use mpirun in a batch script"
    return Finding(name: "Slurm", text: "\(path), \(version), \(way)")
  }

  // MARK: Libraries

  private static var hdf5: Finding {
    var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
    H5get_libversion(&major, &minor, &release)
    var isThreadSafe = false
    H5is_library_threadsafe(&isThreadSafe)
    return Finding(
      name: "HDF5",
      text: "\(major).\(minor).\(release)"
        + (isThreadSafe ? ", thread-safe" : ", not thread-safe: rows cannot be read ahead"),
      isFine: isThreadSafe, package: "libhdf5-dev")
  }

  private static var oneDNN: Finding {
    guard let version = dnnl_version()?.pointee else {
      return Finding(name: "oneDNN", text: "no version", isFine: false, package: "libdnnl-dev")
    }
    return Finding(name: "oneDNN", text: "\(version.major).\(version.minor).\(version.patch)")
  }

  private static var lapack: Finding {
    var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
    LAPACKE_ilaver(&major, &minor, &patch)
    return Finding(name: "LAPACK", text: "\(major).\(minor).\(patch)")
  }

  private static var zlib: Finding {
    Finding(name: "zlib", text: zlibVersion().map { String(cString: $0) } ?? "no version")
  }

  private static var deflate: Finding {
    Finding(name: "libdeflate", text: LIBDEFLATE_VERSION_STRING)
  }

  private static var fashionMNIST: Finding {
    let folder = "/usr/share/datasets/fashion-mnist"
    let isThere = FileManager.default.fileExists(atPath: folder)
    return Finding(
      name: "Fashion-MNIST",
      text: isThere ? folder : "not installed (the example's data)", isFine: isThere,
      package: "dataset-fashion-mnist")
  }

  /// The value of the first `key: value` line of a file in /proc.
  private static func field(_ key: String, of path: String) -> String? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first {
      $0.hasPrefix(key)
    }
    guard let line, let colon = line.firstIndex(of: ":") else { return nil }
    return ErrorLine.oneLine(String(line[line.index(after: colon)...]))
  }
}

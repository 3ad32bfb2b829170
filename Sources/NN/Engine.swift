private import CKernels
private import COneDNN
private import Synchronization

/// The compute engine of this process: how many threads a matrix product may use.
///
/// Ranks are the unit of parallelism, so one thread is the default whatever `OMP_NUM_THREADS` says.
public enum Engine {
  private static let threads = Atomic<Int>(1)

  /// Lets each matrix product of executors made from now on use `threads` threads.
  public static func configure(threads: Int) {
    precondition(threads > 0, "a thread count of \(threads)")
    Self.threads.store(threads, ordering: .relaxed)
  }

  /// The threads that a matrix product may use.
  public static var threadCount: Int { threads.load(ordering: .relaxed) }

  /// The instruction set of the element-wise kernels on this CPU: "avx512", "avx2" or "baseline".
  public static var instructionSet: String { String(cString: ck_cpu()) }

  /// The version of the oneDNN library in use: "2.6.3".
  public static var libraryVersion: String {
    guard let version = dnnl_version()?.pointee else { return "unknown" }
    return "\(version.major).\(version.minor).\(version.patch)"
  }
}

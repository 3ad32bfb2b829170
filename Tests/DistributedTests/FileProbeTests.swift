import Distributed
import Testing

@Suite("The probe of HDF5 files")
struct FileProbeTests {
  @Test("up to 64 files are all gone through", arguments: [1, 2, 63, 64])
  func few(count: Int) {
    for number in 0..<count { #expect(FileProbe.isWhole(number, of: count), "\(number)") }
  }

  @Test(
    "of more, 64 are, evenly spread, with the first and the last", arguments: [65, 100, 10_000])
  func many(count: Int) {
    var whole: [Int] = []
    for number in 0..<count where FileProbe.isWhole(number, of: count) { whole.append(number) }
    #expect(whole.count == 64)
    #expect(whole.first == 0 && whole.last == count - 1)
    var widest = 0
    for (one, next) in zip(whole, whole.dropFirst()) { widest = max(widest, next - one) }
    #expect(widest <= count / 63 + 1)
  }

  @Test("the limits of memory are those of a control group and of all around it")
  func limits() {
    #expect(
      MemoryLimit.files("0::/slurm/job_1\n") == [
        "/sys/fs/cgroup/slurm/job_1/memory.max", "/sys/fs/cgroup/slurm/memory.max",
        "/sys/fs/cgroup/memory.max",
      ])
    #expect(
      MemoryLimit.files("7:cpu:/a\n5:hugetlb,memory:/b\n0::/\n") == [
        "/sys/fs/cgroup/memory/b/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max",
      ])
    #expect(MemoryLimit.files("").isEmpty)
    #expect(MemoryLimit.byteCount > 0)
  }
}

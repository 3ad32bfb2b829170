// Ranks of one node add to one number in shared memory: the window behind Hogwild training.
//
//   mpirun -n 3 .build/release/01-window

import Distributed
import Glibc

@main
struct Window {
  static func main() {
    exit(
      Session.run { world in
        let node = try world.splitByNode()
        let window = try SharedWindow(byteCount: 4 * node.size, on: node)
        let numbers = window.base.assumingMemoryBound(to: Float.self)

        // Each rank writes its own word with a plain store; no message is sent.
        numbers[node.rank] = Float(node.rank + 1)
        try window.sync()
        try node.barrier()
        try window.sync()

        if node.rank == 0 {
          let sum = (0..<node.size).reduce(0) { $0 + numbers[$1] }
          print("\(node.size) ranks wrote numbers that sum to \(Int(sum))")
        }
        try node.barrier()
        try window.free()
        try node.free()
        return 0
      })
  }
}

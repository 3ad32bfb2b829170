// Each rank reads its own slice of one data set, and all add up what they read.
//
//   mpirun -n 3 .build/release/02-slice

import Distributed
import Foundation
import HDF5
import Pipeline

@main
struct Slices {
  static func main() {
    exit(
      Session.run { world in
        let name = "sounder-slice-\(try world.allReduce(Int(getpid()), .minimum)).h5"
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        if world.rank == 0 {
          try File.replace(path) { file in
            try file.root()
              .createDataset("numbers", shape: [1000, 2], of: Int16.self, chunks: [64, 2])
              .write((0..<2000).map { Int16($0) })
          }
        }
        try world.barrier()

        let numbers = try File(opening: path).dataset("numbers")
        // Slices end where chunks end, so that no chunk is read twice.
        let slices = Slice.deal(
          rowCount: numbers.rowCount, blockRowCount: 64, workerCount: world.size)
        let rows = slices[world.rank].positions
        var values = [Float](repeating: 0, count: rows.count * numbers.rowWidth)
        try values.withUnsafeMutableBufferPointer { try numbers.read(rows: rows, into: $0) }

        let count = try world.allReduce(rows.count, .sum)
        let sum = try world.allReduce(Double(values.reduce(0, +)), .sum)
        if world.rank == 0 {
          print("\(count) rows on \(world.size) ranks sum to \(Int(sum))")
        }
        try world.barrier()
        if world.rank == 0 { try FileManager.default.removeItem(atPath: path) }
        return 0
      })
  }
}

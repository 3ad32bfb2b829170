import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

@Suite("Importing LIBSVM files")
struct LIBSVMImportTests {
  @Test("rows become a sparse matrix, with comments, queries and blanks, plain and gzipped")
  func rows() throws {
    try ImportBench.run { bench in
      try bench.write(
        "t.svm", "# made by hand\n+1 1:0.5 3:-2e1 # first\n\n-1 qid:7 2:3\r\n1\n-1  4:1\t5:2")
      try bench.gzip("t.svm")
      let summary = try bench.convert("t.svm")
      #expect(summary.entries.map(\.name) == ["features", "target"])
      #expect(summary.entries[0].notes == ["sparse: 5 pairs", "qid of 1 rows left out"])
      #expect(summary.entries[0].shape == [4, 5] && summary.entries[0].type == .float32)
      let file = try File(opening: bench.path("out.h5"))
      let features = try file.group("features")
      #expect(try features.stringAttribute("encoding-type") == "csr_matrix")
      #expect(try features.stringAttribute("encoding-version") == "0.1.0")
      #expect(try features.intsAttribute("shape") == [4, 5])
      #expect(features.childNames() == ["data", "indices", "indptr"])
      let data = try features.dataset("data")
      let indices = try features.dataset("indices")
      let indptr = try features.dataset("indptr")
      #expect(data.elementType == .float32 && indices.elementType == .int32)
      #expect(indptr.elementType == .int64)
      #expect(try data.readAll(as: Float.self) == [0.5, -20, 3, 1, 2])
      #expect(try indices.readAll(as: Int32.self) == [0, 2, 1, 3, 4])
      #expect(try indptr.readAll(as: Int64.self) == [0, 2, 3, 3, 5])
      let dense: [Float] =
        [0.5, 0, -20, 0, 0] + [0, 3, 0, 0, 0] + [0, 0, 0, 0, 0] + [0, 0, 0, 1, 2]
      #expect(try bench.rows("features") == dense)
      let target = try file.dataset("target")
      #expect(target.elementType == .int32)
      #expect(try target.readAll(as: Float.self) == [1, -1, 1, -1])
      try bench.convert("p=t.svm.gz", to: "out.h5") { $0.overwrites = true }
      #expect(try bench.rows("p/features") == dense)
      let whole = try bench.convert("t.svm") { ($0.isDense, $0.overwrites) = (true, true) }
      #expect(whole.entries[0].notes == ["qid of 1 rows left out"])
      #expect(try File(opening: bench.path("out.h5")).dataset("features").shape == [4, 5])
      #expect(try bench.floats("features") == dense)
      try bench.write("t.csv", "1,2\n")
      let (line, code) = try bench.failure("t.csv") { ($0.isDense, $0.overwrites) = (true, true) }
      #expect(line.contains("--dense is about LIBSVM files") && code == 64)
    }
  }

  @Test("rows without any pair, and gzipped ones, in chunks of their own")
  func forms() throws {
    try ImportBench.run { bench in
      try bench.write("t", "1\n2 # nothing\n")
      // Alone it would be CSV.
      try FileManager.default.moveItem(atPath: bench.path("t"), toPath: bench.path("t.svm"))
      try bench.convert("t.svm") { $0.gzip = 3 }
      let none = try File(opening: bench.path("out.h5")).dataset("features/data")
      #expect(none.shape == [0])
      #expect(try bench.rows("features") == [0, 0])
      try bench.write("t", String(repeating: "1 1:1 2:2\n", count: 20_000))
      try bench.convert("t") { ($0.gzip, $0.chunkRows, $0.overwrites) = (3, 999, true) }
      let file = try File(opening: bench.path("out.h5"))
      for (name, chunk) in [
        ("data", 32_768), ("indices", 32_768), ("indptr", 999),
      ] {
        let dataset = try file.dataset("features/\(name)")
        #expect(dataset.chunkShape == [chunk] && dataset.filters == ["gzip 3"], "\(name)")
      }
      #expect(try file.dataset("target").chunkShape == [999])
      #expect(try bench.rows("features") == (0..<40_000).map { Float(1 + $0 % 2) })
    }
  }

  @Test("an index 0 anywhere means that all files count from 0, and all get the same columns")
  func indices() throws {
    try ImportBench.run { bench in
      try bench.write("train", "0 1:1 2:2\n3 3:3\n")
      try bench.write("test", "1 0:5\n")
      try bench.convert("train", "test")
      #expect(try bench.rows("train/features") == [0, 1, 2, 0, 0, 0, 0, 3])
      #expect(try bench.rows("test/features") == [5, 0, 0, 0])
      #expect(try File(opening: bench.path("out.h5")).dataset("test/target").elementType == .uint8)
      try bench.convert("train", to: "b.h5") { $0.columns = 5 }
      #expect(
        try File(opening: bench.path("b.h5")).group("features").intsAttribute("shape") == [2, 5])
      let (line, code) = try bench.failure("train") {
        $0.columns = 2; $0.overwrites = true
      }
      #expect(line.contains("index 3") && line.contains("--columns 2") && code == 65)
    }
  }

  @Test("a bad row names its line, or is passed over and counted")
  func badRows() throws {
    try ImportBench.run { bench in
      let good = "1 1:1\n"
      for (row, words) in [
        ("x 1:1", "'x' is no number"), ("1 1", "no pair"), ("1 2:1 1:1", "must ascend"),
        ("1 1:1 1:2", "must ascend"), ("1 1:nan", "no finite number"), ("1 1:1e39", "no finite"),
        ("1 -1:1", "no index"), ("1 :1", "no index"), ("1 1:", "no finite"),
        ("1 9999999999:1", "no index"), ("1,2 1:1", "no number"),
      ] {
        try bench.write("t", String(repeating: good, count: 30) + row + "\n" + good)
        let (line, code) = try bench.failure("t")
        #expect(line.contains("t:31: ") && line.contains(words) && code == 65, "\(line)")
        let summary = try bench.convert("t") {
          $0.badRows = .skip; $0.overwrites = true
        }
        #expect(summary.entries[0].badRows.lines == [31] && summary.entries[0].badRows.count == 1)
        #expect(try bench.rows("features") == [Float](repeating: 1, count: 31))
        try bench.remove("out.h5")
      }
      // What a bad row said goes nowhere.
      try bench.write("t", String(repeating: good, count: 20) + "1 2:7 1:3\n1 3:1\n")
      try bench.convert("t") { $0.badRows = .skip }
      #expect(try bench.rows("features").suffix(3) == [0, 0, 1])
    }
  }

  @Test("an index that would make rows enormous has to be meant")
  func enormous() throws {
    try ImportBench.run { bench in
      try bench.write("t", "1 999999999:1\n")
      let (line, code) = try bench.failure("t")
      #expect(line.contains("--columns 999999999") && code == 65, "\(line)")
    }
  }

  @Test("the file grows with the pairs, whatever the columns, and is read at once")
  func wide() throws {
    try ImportBench.runInMemory { bench in
      let (rowCount, width) = (3000, 200_000)
      var text = ""
      for row in 0..<rowCount {
        text += "\(row % 2)"
        for pair in 0..<5 { text += " \(1 + pair * 40_000 + row * 13):\(row + pair)" }
        text += "\n"
      }
      try bench.write("t", text)
      try bench.convert("t") { $0.columns = width }
      let size = try Data(contentsOf: bench.folder.appendingPathComponent("out.h5")).count
      // 120 KB of pairs, 48 KB of what belongs to rows, and the list of its chunks; dense rows take 2.4 GB.
      #expect(size < 500_000, "\(size)")
      let data = DataSource(file: bench.path("out.h5"), features: "features", target: "target")
      let source = try data.open()
      #expect(source.layout.rowCount == rowCount && source.layout.featureShape == [width])
      var numbers = [Float](repeating: 1, count: 8 * width)
      var wrong: [Int] = []
      for first in stride(from: 0, to: rowCount, by: 200) {
        try numbers.withUnsafeMutableBufferPointer {
          try source.readFeatures(first..<first + 8, into: $0)
        }
        for row in 0..<8 {
          var found = numbers[(row * width)..<((row + 1) * width)]
          for pair in 0..<5 {
            let place = found.startIndex + pair * 40_000 + (first + row) * 13
            if found[place] != Float(first + row + pair) { wrong.append(first + row) }
            found[place] = 0
          }
          if found.contains(where: { $0 != 0 }) { wrong.append(first + row) }
        }
      }
      #expect(wrong.isEmpty)
    }
  }

  @Test("a dense file grows with the pairs, too, and hardly with the columns")
  func sizes() throws {
    try ImportBench.runInMemory { bench in
      func byteCount(columns: Int) throws -> Int {
        try bench.convert("t") {
          $0.columns = columns; $0.overwrites = true; $0.isDense = true
        }
        let dataset = try File(opening: bench.path("out.h5")).dataset("features")
        #expect(dataset.shape[1] == columns && dataset.filters == ["gzip 4"])
        return try Data(contentsOf: bench.folder.appendingPathComponent("out.h5")).count
      }
      try bench.write("t", "1 1:0.5 7:2\n0 2:1 900:3\n")
      let small = try byteCount(columns: 900)
      // Dense rows would take 40 KB.
      #expect(try byteCount(columns: 5000) < small + 500)
      let rows = (0..<300).map { row in
        "\(row % 2) "
          + (0..<10).map { "\(1 + row + 400 * $0):\(row * $0 % 97)" }.joined(separator: " ")
      }
      let text = rows.joined(separator: "\n")
      try bench.write("t", text)
      // They would take 24 MB.
      #expect(try byteCount(columns: 20_000) < small + 3 * text.utf8.count)
      // Who wants chunks as they are says so.
      try bench.convert("t", to: "plain.h5") { ($0.gzip, $0.isDense) = (0, true) }
      let plain = try File(opening: bench.path("plain.h5")).dataset("features")
      #expect(plain.storedByteCount >= 4 * 300 * plain.shape[1])
    }
  }
}

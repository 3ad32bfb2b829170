import Foundation
import HDF5
import Pipeline
import TestSupport
import Testing

/// Reads what `Tests/Reference/numpy_arrays.py` wrote with NumPy.
@Suite("Importing NumPy arrays")
struct NumPyImportTests {
  private static let types: [(kind: String, type: ElementType)] = [
    ("b1", .uint8), ("u1", .uint8), ("i1", .int8), ("u2", .uint16), ("i2", .int16),
    ("u4", .uint32), ("i4", .int32), ("u8", .uint64), ("i8", .int64), ("f2", .float16),
    ("f4", .float32), ("f8", .float64),
  ]

  private static func numbers(_ kind: String) -> [Float] {
    (0..<12).map { index in
      switch kind.first {
      case "b": index % 3 == 0 ? 1 : 0
      case "i": Float(index - 5)
      case "f": Float(index) / 4 - 1
      default: Float(index)
      }
    }
  }

  private func copy(_ name: String, to bench: ImportBench) throws {
    try FileManager.default.copyItem(
      atPath: fixture("numpy/\(name)").path, toPath: bench.path(name))
  }

  @Test(
    "every array of an archive, of each type and order, becomes a data set",
    arguments: ["stored.npz", "deflated.npz"])
  func archives(name: String) throws {
    try ImportBench.run { bench in
      try copy(name, to: bench)
      let summary = try bench.convert(name)
      #expect(summary.entries.count == 21)
      let file = try File(opening: bench.path("out.h5"))
      for (kind, type) in Self.types {
        for order in kind.hasSuffix("1") ? [""] : ["little/", "big/"] {
          let dataset = try file.dataset(order + kind)
          #expect(dataset.elementType == type && !dataset.isBigEndian)
          #expect(dataset.shape == [3, 4])
          #expect(try dataset.readAll(as: Float.self) == Self.numbers(kind), "\(order)\(kind)")
        }
      }
      // A name, or company, puts them into a group.
      try bench.convert("g=\(name)", to: "named.h5")
      #expect(try File(opening: bench.path("named.h5")).dataset("g/big/i4").rowCount == 3)
    }
  }

  @Test("an array in Fortran order comes over with its first axis first, plain, gzipped, packed")
  func fortran() throws {
    try ImportBench.run { bench in
      try copy("fortran.npy", to: bench)
      try copy("fortran.npz", to: bench)
      try bench.gzip("fortran.npy")
      try bench.convert("a=fortran.npy", "b=fortran.npy.gz", "c=fortran.npz") { $0.chunkRows = 1 }
      let file = try File(opening: bench.path("out.h5"))
      for name in ["a", "b", "c/cube"] {
        let dataset = try file.dataset(name)
        #expect(dataset.shape == [2, 3, 4] && dataset.chunkShape == [1, 3, 4])
        #expect(try dataset.readAll(as: Float.self) == (0..<24).map { Float($0) })
      }
    }
  }

  @Test("all versions of the head, lists and single numbers are read")
  func versions() throws {
    try ImportBench.run { bench in
      for name in ["version1.npy", "version2.npy", "version3.npy", "list.npy", "single.npy"] {
        try copy(name, to: bench)
      }
      try copy("zip64.npz", to: bench)
      try bench.convert(
        "version1.npy", "version2.npy", "version3.npy", "list.npy", "single.npy", "zip64.npz"
      ) { $0.gzip = 1 }
      for version in 1...3 {
        #expect(try bench.floats("version\(version)") == Self.numbers("f4"))
      }
      #expect(try bench.floats("list") == [0, 1, 2, 3, 4])
      let file = try File(opening: bench.path("out.h5"))
      #expect(try file.dataset("single").shape == [])
      #expect(try bench.floats("single") == [2.5])
      #expect(try bench.floats("zip64/a") == Self.numbers("i2"))
    }
  }

  @Test("a large array goes over in blocks, in either order")
  func blocks() throws {
    try ImportBench.run { bench in
      let (rows, columns) = (3000, 700)
      let numbers = (0..<rows * columns).map { Float($0 % 9973) }
      var transposed = numbers
      for row in 0..<rows {
        for column in 0..<columns {
          transposed[column * rows + row] = numbers[row * columns + column]
        }
      }
      for (name, isFortran, values) in [("c", "False", numbers), ("f", "True", transposed)] {
        let text = "{'descr': '<f4', 'fortran_order': \(isFortran), 'shape': (3000, 700)}"
        let bytes = values.withUnsafeBytes { Array($0) }
        try bench.write("\(name).npy", ImportBench.npyHead(text) + bytes)
      }
      try bench.convert("c.npy", "f.npy")
      #expect(try bench.floats("c") == numbers)
      #expect(try bench.floats("f") == numbers)
    }
  }

  @Test("what NumPy wrote but cannot be numbers is refused in words")
  func refused() throws {
    try ImportBench.run { bench in
      for (name, words) in [
        ("complex.npy", "complex numbers"), ("texts.npy", "texts"),
        ("objects.npy", "Python objects"),
        ("records.npy", "records of several fields"),
      ] {
        try copy(name, to: bench)
        let (line, code) = try bench.failure(name)
        #expect(line.contains(words) && code == 65, "\(line)")
      }
    }
  }

  static let heads: [(text: String, words: String)] = [
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1 << 3,)}", "no tuple"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", "no tuple"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", "length is missing"),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
      "impossibly long"
    ),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999, 9999999, 9999999)}", "impossible"
    ),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3)}", "no rows"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (100000, 1000)}", "truncated"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "the head or the file is wrong"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", "behind the entries"),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", "'False' is missing"),
    ("{'descr': '<f4', 'shape': (2,)}", "is missing"),
    ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "there twice"),
    ("{'descr': '<f4', 'more': 1, 'fortran_order': False, 'shape': (2,)}", "unknown"),
    ("{'descr': '<f4, 'fortran_order': False, 'shape': (2,)}", "is missing"),
    ("{'descr': '<f4", "never closed"), ("", "'{' is missing"),
    ("__import__('os').system('true')", "'{' is missing"),
    ("{'descr': '|f4', 'fortran_order': False, 'shape': (2,)}", "type '|f4'"),
    ("{'descr': '<f16', 'fortran_order': False, 'shape': (2,)}", "long floats"),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (\(String(repeating: "1, ", count: 33)))}",
      "33 axes"
    ),
  ]

  @Test("a hostile head is one clear line and code 65", arguments: 0..<heads.count)
  func hostile(index: Int) throws {
    let (text, words) = Self.heads[index]
    try ImportBench.run { bench in
      try bench.write("x.npy", ImportBench.npyHead(text) + [UInt8](repeating: 0, count: 8))
      let (line, code) = try bench.failure("x.npy")
      #expect(line.contains(words) && code == 65, "\(line)")
      // The same, where the length is known at the end only.
      try bench.gzip("x.npy")
      let (packed, packedCode) = try bench.failure("x.npy.gz")
      #expect(packed.contains(words) && packedCode == 65, "\(packed)")
    }
  }

  @Test("a damaged archive is one clear line and code 65")
  func damagedArchives() throws {
    try ImportBench.run { bench in
      for name in ["stored.npz", "deflated.npz"] { try copy(name, to: bench) }
      let stored = [UInt8](try Data(contentsOf: fixture("numpy/stored.npz")))
      var flipped = stored
      // The last number of the first array: all but its checksum is as it should be.
      flipped[30 + 6 + 20 + 128 + 11] ^= 1
      try bench.write("flipped.npz", flipped)
      try bench.write("cut.npz", Array(stored.dropLast(30)))
      try bench.write("empty.npz", [0x50, 0x4b, 5, 6] + [UInt8](repeating: 0, count: 18))
      try bench.write("a.txt", "no array")
      let zip = """
        import sys, zipfile
        with zipfile.ZipFile("other.npz", "w") as z: z.write("a.txt")
        with zipfile.ZipFile("up.npz", "w") as z: z.write("a.txt", "../a.npy")
        with zipfile.ZipFile("packed.npz", "w", zipfile.ZIP_BZIP2) as z: z.write("a.txt", "a.npy")
        """
      let run = try Program("/usr/bin/env").run(["python3", "-c", zip], in: bench.folder)
      try #require(run.status == 0, "\(run.errors)")
      for (name, words) in [
        ("flipped.npz", "checksum"), ("cut.npz", "no end record"), ("empty.npz", "no arrays"),
        ("other.npz", "no .npy"), ("up.npz", "can be no name"), ("packed.npz", "method 12"),
      ] {
        let (line, code) = try bench.failure(name)
        #expect(line.contains(words) && code == 65, "\(line)")
      }
    }
  }
}

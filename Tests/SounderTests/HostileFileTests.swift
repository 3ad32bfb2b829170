import Foundation
import HDF5
import TestSupport
import Testing

/// The probe of `enumeration.h5`, on which HDF5 1.10 crashes.
///
/// It is a file of h5py in which the type of 'outputs' has become an enumeration of 256 names with values of 4 MiB
/// each: the library copies 1 GiB out of a buffer of 256 bytes when that is opened.
///
/// `record-text.h5` has records of a number and a text; the text of the first one is number 0xff000001 of a
/// heap of two, which the library takes from far outside of it when that is read.
@Suite("Files on which the HDF5 library crashes", .serialized)
struct HostileFileTests {
  private let sounder = Program()

  /// A job whose `data.h5` is the file.
  private func withJob(_ body: (SmallJob) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try Data(contentsOf: fixture("finds/hdf5/enumeration.h5")).write(to: job.url("data.h5"))
      try body(job)
    }
  }

  private static let commands = [
    ["train", "job.yaml"], ["check", "job.yaml"], ["predict", "data.h5", "data.h5"],
    ["calibrate", "data.h5"],
  ]

  private func check(_ arguments: [String], ranks: Int?) throws {
    try withJob { job in
      let files = job.files
      let run = try sounder.run(arguments, ranks: ranks, in: job.folder)
      #expect(!run.timedOut)
      #expect(run.status == 65, "\(run.errors)")
      #expect(run.errorLines.count == 1, "\(run.errors)")
      for word in ["data.h5: makes the HDF5 library crash", "damaged", "copy it again"] {
        #expect(run.errorLines.first?.contains(word) == true, "\(run.errors)")
      }
      #expect(job.files == files)
    }
  }

  @Test(
    "are an error of one line", arguments: commands + [["inspect", "data.h5"]])
  func alone(_ arguments: [String]) throws { try check(arguments, ranks: nil) }

  @Test("are one under mpirun, too, and no rank opens them", arguments: commands)
  func ranks(_ arguments: [String]) throws { try check(arguments, ranks: 2) }

  @Test("are one where the command starts its ranks, and starts none again")
  func launched() throws {
    try check(["train", "job.yaml", "--ranks", "2", "--max-restarts", "3"], ranks: nil)
  }

  /// `enumeration.keras` is an archive of the same file, and of the text of `ae.keras`.
  @Test("are one, too, where a network takes layers or weights of them", arguments: [nil, 2])
  func pretrained(ranks: Int?) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let files = [
        "base.h5": "finds/hdf5/enumeration.h5", "base.keras": "finds/model/enumeration.keras",
      ]
      for (name, path) in files { try Data(contentsOf: fixture(path)).write(to: job.url(name)) }
      for (name, words) in [
        ("base.h5", ["--set", "network.layers=[{model: {file: base.h5}}, {dense: {units: 3}}]"]),
        ("base.keras", ["--set", "network.layers=[{model: {file: base.keras}}]"]),
        ("base.keras", ["--set", "network.weights=[{file: base.keras, layers: [dense]}]"]),
        ("base.h5", ["--set", "network={keras: base.h5}"]),
      ] {
        for command in ["train", "check"] {
          let run = try sounder.run([command, "job.yaml"] + words, ranks: ranks, in: folder)
          #expect(run.status == 65, "\(words): \(run.errors)")
          #expect(run.errorLines.count == 1, "\(words): \(run.errors)")
          #expect(
            run.errorLines.first?.contains("\(name): makes the HDF5 library crash") == true,
            "\(words): \(run.errors)")
        }
      }
      let run = try sounder.run(
        ["predict", "base.keras", "data.h5", "--output", "p.h5"], ranks: ranks, in: folder)
      #expect(run.status == 65 && run.errorLines.count == 1, "\(run.errors)")
      #expect(
        run.errorLines.first?.contains("base.keras: makes the HDF5 library crash") == true,
        "\(run.errors)")
    }
  }

  @Test("are one, too, where whoever started the program has the end of children ignored")
  func ignoredChildren() throws {
    try withJob { job in
      let line = "trap '' CHLD; exec \"$0\" inspect data.h5"
      let run = try Program("/bin/sh").run(["-c", line, sounder.path], in: job.folder)
      #expect(run.status == 65, "\(run.errors)")
      #expect(
        run.errorLines.first?.contains("makes the HDF5 library crash") == true, "\(run.errors)")
    }
  }

  /// `inspect` itself reads no records.
  @Test("are one where only the texts of records make it crash")
  func records() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("data.h5")
      try Data(contentsOf: fixture("finds/hdf5/record-text.h5")).write(to: path)
      let run = try sounder.run(["inspect", "data.h5"], in: folder)
      #expect(run.status == 65, "\(run.errors)")
      #expect(
        run.errorLines.first?.contains("data.h5: makes the HDF5 library crash") == true,
        "\(run.errors)")
    }
  }

  /// 5 MiB of texts in chunks; that of a row in the middle is number 0xff000001 of its heap.
  @Test("are one where only a text in the middle of a large data set makes it crash")
  func middle() throws {
    try withTemporaryFolder { folder in
      let path = folder.appendingPathComponent("data.h5")
      let rowCount = 10 << 16
      let bytes = Array("x\0\(String(repeating: "y", count: 77))\0".utf8)
      var starts = [Int](repeating: 0, count: rowCount)
      starts[340_001] = 2
      try File.replace(path.path) { file in
        let column = try file.root().createGroup("t").createTextDataset(
          "names", rowCount: rowCount, byteCount: nil, chunkRows: 4096)
        try bytes.withUnsafeBufferPointer {
          try column.writeTexts(rows: 0..<rowCount, $0, startingAt: starts)
        }
      }
      let sound = try sounder.run(["inspect", "data.h5"], in: folder)
      #expect(sound.status == 0, "\(sound.errors)")
      var data = try Data(contentsOf: path)
      // A reference is a length, the address of a heap, and a number in it.
      var place: Int?
      var from = data.startIndex
      while place == nil,
        let found = data.range(of: Data([77, 0, 0, 0]), in: from..<data.endIndex)
      {
        from = found.lowerBound + 1
        guard found.upperBound + 12 <= data.endIndex else { break }
        let address = data[found.upperBound..<found.upperBound + 8].reversed()
          .reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let heap = Int(exactly: address), heap < data.count - 4 else { continue }
        if data[heap..<heap + 4].elementsEqual("GCOL".utf8) { place = found.upperBound + 8 }
      }
      let index = try #require(place)
      data.replaceSubrange(index..<index + 4, with: [1, 0, 0, 0xff])
      try data.write(to: path)
      let run = try sounder.run(["inspect", "data.h5"], in: folder)
      #expect(run.status == 65, "\(run.errors)")
      #expect(
        run.errorLines.first?.contains("data.h5: makes the HDF5 library crash") == true,
        "\(run.errors)")
    }
  }

  @Test("leave nothing behind of an archive")
  func archive() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try Data(contentsOf: fixture("finds/model/enumeration.keras")).write(
        to: job.url("base.keras"))
      let temporary = job.url("temporary")
      try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: false)
      let run = try sounder.run(
        ["inspect", "base.keras"], in: folder, environment: ["TMPDIR": temporary.path])
      #expect(run.status == 65, "\(run.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path) == [])
    }
  }

  /// The folders of what `make fuzz` has found, named for its targets.
  private static let targets =
    (try? FileManager.default.contentsOfDirectory(atPath: fixture("finds").path).sorted()) ?? []

  /// The jobs of the target `rows`, each of which reads the files `rows.h5` and `again.h5` in its own way.
  private static let rowJobs: [String] = {
    let names = try? FileManager.default.contentsOfDirectory(atPath: fixture("rows").path).sorted()
    return (names ?? []).map { fixture("rows/\($0)").path }
  }()

  private static func fit(_ job: String) -> [String] {
    ["fit", job, "--output", "out.h5", "--overwrite"]
  }

  /// The names under which a find of the target is put down: the converter tells formats by the content, a job a
  /// text of Keras by the name, and the jobs of `rows` name their files.
  private static func files(_ target: String, _ name: String) -> [String] {
    switch target {
    case "keras": ["find.json"]
    case "rows": ["rows.h5", "again.h5"]
    default: [name]
    }
  }

  /// What reads a file as the target does; nothing for a target that is not known.
  private static func commands(_ target: String, _ file: String) -> [[String]] {
    switch target {
    case "hdf5", "model": [["inspect", file]]
    case "pipeline": [["transform", file, "data.h5", "--output", "out.h5", "--overwrite"]]
    case "weights": [["train", "job.yaml", "--set", "network.weights=[{file: \(file)}]"]]
    case "checkpoint": [["train", "job.yaml", "--set", "output.checkpoint=\(file)"]]
    case "rows": rowJobs.map(fit)
    case "csv", "gzip", "idx", "npy", "npz": [["convert", file, "out.h5"]]
    case "table": [["convert", file, "out.h5", "--table", "--bad-rows", "skip"]]
    case "libsvm": [["convert", file, "out.h5", "--bad-rows", "skip"]]
    case "yaml": [["check", file]]
    case "keras": [["check", "job.yaml", "--set", "network={keras: \(file)}"]]
    case "journal": [["search", "--status", file]]
    default: []
    }
  }

  @Test("those that `make fuzz` has found end in a result or in one line", arguments: targets)
  func finds(target: String) throws {
    let finds = fixture("finds/\(target)")
    let names = try FileManager.default.contentsOfDirectory(atPath: finds.path)
    try #require(!names.isEmpty)
    for name in names {
      try withTemporaryFolder { folder in
        let job = try SmallJob(in: folder)
        let files = Self.files(target, name)
        for file in files {
          try Data(contentsOf: finds.appendingPathComponent(name)).write(to: job.url(file))
        }
        let commands = Self.commands(target, files[0])
        try #require(!commands.isEmpty, "no command for '\(target)'")
        for command in commands {
          let run = try sounder.run(command, in: folder)
          #expect([0, 64, 65, 66].contains(run.status), "\(name): \(command): \(run.errors)")
          #expect(
            run.errorLines.count == (run.status == 0 ? 0 : 1),
            "\(name): \(command): \(run.errors)")
        }
      }
    }
  }

  @Test("each target of `make fuzz` has a command that its finds are given to")
  func hasCommands() throws {
    let folder = fixture("../../Fuzz/Fuzzer")
    var targets: [String] = []
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      targets += text.matches(of: /FuzzTarget\(name: "([^"]+)"\)/).map { String($0.1) }
    }
    #expect(targets.count >= 16 && Set(targets).count == targets.count, "\(targets)")
    for target in targets + Self.targets {
      #expect(!Self.commands(target, "find").isEmpty, "no command for '\(target)'")
      #expect(targets.contains(target), "finds of '\(target)', which is no target")
    }
  }

  /// Otherwise the jobs would end at a name, whatever is wrong with a find.
  @Test(
    "the jobs of the target `rows` read the files that it begins with",
    arguments: [
      ("records", "hdf5/records.h5"), ("texts", "hdf5/texts.h5"),
      ("parts", "keras/golden/k3/functional.io.h5"),
      ("files", "keras/golden/k3/functional.io.h5"), ("sparse", "hdf5/sparse.h5"),
    ])
  func rowSeeds(job: String, seed: String) throws {
    let path = fixture("rows/\(job).yaml").path
    #expect(Self.rowJobs.count == 5 && Self.rowJobs.contains(path))
    try withTemporaryFolder { folder in
      for name in Self.files("rows", "") {
        try Data(contentsOf: fixture(seed)).write(to: folder.appendingPathComponent(name))
      }
      let run = try sounder.run(Self.fit(path), in: folder)
      #expect(run.status == 0 && run.errorLines.isEmpty, "\(run.errors)")
    }
  }

  @Test("there are such finds") func hasFinds() {
    for target in ["hdf5", "model"] { #expect(Self.targets.contains(target)) }
  }

  @Test("are opened where SOUNDER_PROBE is off")
  func unprobed() throws {
    try withJob { job in
      let run = try sounder.run(
        ["inspect", "data.h5"], in: job.folder, environment: ["SOUNDER_PROBE": "off"])
      #expect(run.status != 65)
      #expect(!run.errors.contains("HDF5 library crash"))
    }
  }
}

import Foundation
import HDF5
import NN

/// A text as character numbers, cut into windows.
struct Corpus {
  /// Characters that the network sees at once.
  static let window = 48
  /// The text's different bytes; a character's number is its place.
  let vocabulary: [UInt8]
  private let numbers: [UInt8]

  /// Reads files; without any, a text of a small grammar.
  init(files: [String]) throws {
    var text: [UInt8] = []
    for file in files { text += [UInt8](try Data(contentsOf: URL(fileURLWithPath: file))) }
    if files.isEmpty { text = Self.grammar() }
    guard text.count > 20 * Self.window else {
      throw CocoaError(
        .fileReadCorruptFile,
        userInfo: [NSLocalizedDescriptionKey: "the text is shorter than \(20 * Self.window) bytes"])
    }
    let vocabulary = Set(text).sorted()
    let places = Dictionary(
      uniqueKeysWithValues: vocabulary.enumerated().map { ($1, UInt8($0)) })
    self.vocabulary = vocabulary
    numbers = text.map { places[$0] ?? 0 }
  }

  /// Sentences that agree in number and tense: more than frequencies is needed to write them.
  private static func grammar() -> [UInt8] {
    var generator = RandomGenerator(seed: 7)
    func pick(_ words: [String]) -> String { words[generator.below(words.count)] }
    var text = ""
    for _ in 0..<500 {
      let isPlural = generator.below(2) == 0
      let subject = pick(["boar", "worker", "server", "rank"]) + (isPlural ? "s" : "")
      let object = pick(["slice", "window", "gradient", "queue"]) + "s"
      switch generator.below(3) {
      case 0: text += "the \(subject) read\(isPlural ? "" : "s") \(object). "
      case 1: text += "the \(subject) \(isPlural ? "have" : "has") written \(object). "
      default: text += "will the \(subject) share \(object)? "
      }
    }
    return [UInt8](text.utf8)
  }

  /// The perplexity of guessing each character by its frequency: e to the entropy.
  var frequencyPerplexity: Double {
    var counts = [Double](repeating: 0, count: vocabulary.count)
    for number in numbers { counts[Int(number)] += 1 }
    let shares = counts.map { $0 / Double(numbers.count) }
    return exp(shares.reduce(0) { $0 - $1 * log($1) })
  }

  /// Windows of characters and, one further, of what follows; the last tenth for validation.
  func write(to path: String) throws {
    let split = numbers.count * 9 / 10
    try File.replace(path) { file in
      for (name, part) in [("train", numbers[..<split]), ("validation", numbers[split...])] {
        let part = Array(part)
        let starts = stride(from: 0, to: part.count - Self.window, by: Self.window / 3).map { $0 }
        let group = try file.root().createGroup(name)
        for (dataset, shift) in [("characters", 0), ("next", 1)] {
          try group.createDataset(
            dataset, shape: [starts.count, Self.window], of: UInt8.self
          ).write(starts.flatMap { part[$0 + shift..<$0 + shift + Self.window] })
        }
      }
    }
  }

  /// What the model writes on after the text's first window, drawn from its probabilities.
  func sample(_ length: Int, from model: String) throws -> String {
    let (network, trained) = try ModelFile.read(model)
    var weights = trained
    var written = Array(numbers.prefix(Self.window))
    var generator = RandomGenerator(seed: 1)
    try weights.withUnsafeMutableBufferPointer { weights in
      guard let parameters = weights.baseAddress else { return }
      let executor = try Executor(
        network, batchSize: 1, loss: nil, parameters: parameters, gradient: nil)
      for _ in 0..<length {
        for (index, number) in written.suffix(Self.window).enumerated() {
          executor.features[index] = Float(number)
        }
        executor.forward()
        var rest = Float(generator.uniform())
        let last = (Self.window - 1) * vocabulary.count
        var number = vocabulary.count - 1
        for candidate in vocabulary.indices {
          rest -= executor.outputs[last + candidate]
          if rest <= 0 {
            number = candidate
            break
          }
        }
        written.append(UInt8(number))
      }
    }
    return String(decoding: written.map { vocabulary[Int($0)] }, as: UTF8.self)
  }
}

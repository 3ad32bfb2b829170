internal import NN

/// An update that was refused, as its loss or the gradient of a layer would have spoiled the weights, or a push of
/// a node that would have spoiled those of the others.
public struct Refusal: Sendable, Equatable {
  /// The rank whose update it was, or the first worker of the node.
  public let rank: Int
  /// The epoch, from 1.
  public let epoch: Int
  /// The step of that rank in this run, from 1.
  public let step: Int
  /// The layer whose gradient it was, by name; nil: the loss was not finite, or it was a node's push.
  public let layer: String?
  /// The loss, or the length of the layer's gradient (an upper bound of it where it was not computed).
  public let value: Double
  /// The mean length of the layer's gradients so far; 0 where there is none.
  public let mean: Double
  /// The first and the last row of the file in the batch, and how many rows it had; a node's push has none.
  public let firstRow: Int, lastRow: Int, rowCount: Int

  /// Whether it was what a node would have sent to the others.
  public var isPush: Bool { rowCount == 0 }

  /// What was found, in words.
  public var finding: String {
    if isPush {
      return "what the node would send is not finite, or would not leave the weights finite"
    }
    guard let layer else { return "the loss is \(value)" }
    guard value.isFinite else { return "the gradient of layer '\(layer)' is not finite" }
    let reason =
      value > GradientWatch.largestNorm
      ? "too long for single precision" : "\(Self.short(value / mean)) times the mean"
    return "the gradient of layer '\(layer)' has length \(Self.short(value)), \(reason)"
  }

  /// Where it was found, in words.
  public var place: String {
    let step = "epoch \(epoch), rank \(rank), step \(step)"
    if isPush { return step }
    let isWhole = lastRow - firstRow + 1 == rowCount
    let rows =
      rowCount == 1
      ? "row \(firstRow)"
      : isWhole
        ? "rows \(firstRow) to \(lastRow)" : "\(rowCount) of the rows \(firstRow) to \(lastRow)"
    return "\(step) (\(rows) of data.train, from 0)"
  }

  /// One line.
  public var summary: String { "refused an update: \(finding) in \(place)" }

  /// Three digits, an exponent where that is shorter.
  private static func short(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return "\(value)" }
    var (digits, exponent) = (abs(value), 0)
    while digits >= 10 { (digits, exponent) = (digits / 10, exponent + 1) }
    while digits < 1 { (digits, exponent) = (digits * 10, exponent - 1) }
    let rounded = (digits * 100).rounded() / 100
    guard !(0...3).contains(exponent) else { return "\((value * 100).rounded() / 100)" }
    return (value < 0 ? "-" : "") + "\(rounded)e\(exponent)"
  }
}

extension Refusal {
  /// A push of the node whose first worker is `rank`.
  init(pushOf rank: Int, epoch: Int, step: Int) {
    self.init(
      rank: rank, epoch: epoch, step: step, layer: nil, value: .nan, mean: 0, firstRow: 0,
      lastRow: 0, rowCount: 0)
  }

  /// The refusal as the numbers of a message, all but the rank, which is the sender's.
  func numbers(layerNames: [String]) -> [Double] {
    [
      Message.refused, Double(epoch), Double(step),
      Double(layer.flatMap { layerNames.firstIndex(of: $0) } ?? -1), value, mean, Double(firstRow),
      Double(lastRow), Double(rowCount),
    ]
  }

  /// What a message says.
  init(_ numbers: [Double], from rank: Int, layerNames: [String]) {
    self.rank = rank
    epoch = Int(numbers[1])
    step = Int(numbers[2])
    let index = Int(numbers[3])
    layer = layerNames.indices.contains(index) ? layerNames[index] : nil
    (value, mean) = (numbers[4], numbers[5])
    (firstRow, lastRow, rowCount) = (Int(numbers[6]), Int(numbers[7]), Int(numbers[8]))
  }

  /// The numbers of a message.
  static let numberCount = 9
}

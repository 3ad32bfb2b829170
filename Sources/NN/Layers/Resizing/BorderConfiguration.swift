public import Configuration

/// A layer that adds zeros around its input, or cuts its borders off.
public protocol BorderConfiguration: LayerConfiguration {
  /// The axes before the channels: 1, 2 or 3.
  static var placeAxes: Int { get }
  /// The name of the option.
  static var key: String { get }
  /// Whether zeros are added, or else borders are cut off.
  static var adds: Bool { get }
  /// The option's default for each border.
  static var fallback: Int { get }
  /// For each axis how much before and how much behind.
  var borders: [[Int]] { get set }
  /// Describes the layer.
  init(borders: [[Int]])
}

extension BorderConfiguration {
  /// Reads `padding` or `cropping`: one number for all borders, one for each axis, or for each axis a
  /// pair, before and behind; over a sequence a pair alone.
  public init(options: inout Options) throws(ConfigurationError) {
    guard let value = options.value(Self.key) else {
      self.init(borders: Self.all(Self.fallback))
      return
    }
    guard let borders = Self.borders(value) else {
      let pair = Self.placeAxes == 1 ? "a pair" : "\(Self.placeAxes) numbers or pairs"
      throw options.error(
        "expected a whole number from 0 on, or \(pair), found \(value.json)", Self.key, value)
    }
    self.init(borders: borders)
  }

  /// `borders`, which must have a pair for each axis.
  static func checked(_ borders: [[Int]]) -> [[Int]] {
    precondition(
      borders.count == placeAxes
        && borders.allSatisfy { $0.count == 2 && $0.allSatisfy { $0 >= 0 } },
      "borders \(borders)")
    return borders
  }

  static func all(_ number: Int) -> [[Int]] {
    [[Int]](repeating: [number, number], count: placeAxes)
  }

  private static func number(_ value: Value) -> Int? {
    value.int.flatMap { (0...ConvolutionOptions.largest).contains($0) ? $0 : nil }
  }

  private static func pair(_ value: Value) -> [Int]? {
    if let number = number(value) { return [number, number] }
    guard let items = value.items, items.count == 2 else { return nil }
    let numbers = items.compactMap(number)
    return numbers.count == 2 ? numbers : nil
  }

  private static func borders(_ value: Value) -> [[Int]]? {
    if let number = number(value) { return all(number) }
    guard let items = value.items else { return nil }
    if placeAxes == 1 { return pair(items.count == 1 ? items[0] : value).map { [$0] } }
    let pairs = items.compactMap(pair)
    return items.count == placeAxes && pairs.count == placeAxes ? pairs : nil
  }

  /// The pairs, or over a sequence the one.
  public var value: Value { Value(.map([.init(Self.key, pairs)])) }

  private var pairs: Value {
    Self.placeAxes == 1 ? Value(ints: borders[0]) : Value(.list(borders.map { Value(ints: $0) }))
  }

  /// Reads the configuration of Keras' class of the same name.
  public init(keras: inout Options) throws(ConfigurationError) {
    try keras.channelsLast()
    try self.init(options: &keras)
  }

  /// Keras' class of the same name.
  public func kerasLayer() throws(NetworkError) -> (className: String, config: [Value.Entry]) {
    // Over a sequence only the newest versions know the key, and channels come last without it.
    let format: [Value.Entry] =
      Self.placeAxes == 1 ? [] : [.init("data_format", "channels_last")]
    return (Self.kerasClass, [.init(Self.key, pairs)] + format)
  }

  /// More or fewer places, the same channels.
  public func outputShape(for input: [Int]) throws(NetworkError) -> [Int] {
    guard input.count == Self.placeAxes + 1, input.allSatisfy({ $0 > 0 }) else {
      throw NetworkError(
        "takes inputs with \(Self.placeAxes) axes before the channels, found \(input)")
    }
    let lengths = zip(input, borders).map { length, border in
      Self.adds ? length + border[0] + border[1] : length - border[0] - border[1]
    }
    guard lengths.allSatisfy({ $0 > 0 }) else {
      throw NetworkError("cuts \(borders) off an input of the shape \(input): nothing is left")
    }
    return lengths + input.suffix(1)
  }

  /// Nothing.
  public var backwardUse: BackwardUse { [] }

  /// None: numbers are only moved.
  public func operationCount(for inputs: [[Int]]) -> Int { 0 }

  /// Compiles the layer.
  public func makeLayer(_ plan: LayerPlan) throws(NetworkError) -> any Layer {
    BorderLayer(before: borders.map { $0[0] }, adds: Self.adds, plan)
  }
}

/// Some numbers of each predicted row: a data set of the file, or neighbouring columns of a text.
struct PredictionField {
  /// The data set's name.
  let name: String
  /// The shape of one row's numbers.
  let shape: [Int]
  /// The columns' names in a text.
  let columns: [String]
  /// Where the numbers begin in a row of all fields.
  let offset: Int
  /// Attributes of the data set: the probabilities that the numbers belong to.
  var levels: [Double] = []
  /// Where the place of the largest number stands, for probabilities of classes.
  var classes: Classes?

  /// The names of a class's number: its data set, and its column in a text.
  struct Classes {
    let dataset: String
    let column: String
  }

  /// The numbers of one row.
  var count: Int { columns.count }

  /// Lays fields side by side.
  struct Layout {
    private(set) var fields: [PredictionField] = []
    private(set) var width = 0

    /// Adds a field: for each of `prefixes` the `count` numbers of `shape`.
    ///
    /// Returns where it begins.
    @discardableResult
    mutating func add(
      _ name: String, shape: [Int], count: Int, prefixes: [String], levels: [Double] = [],
      classes: Classes? = nil
    ) -> Int {
      let offset = width
      fields.append(
        PredictionField(
          name: name, shape: shape,
          columns: prefixes.flatMap { prefix in (0..<count).map { "\(prefix)_\($0)" } },
          offset: offset, levels: levels, classes: classes))
      width += prefixes.count * count
      return offset
    }
  }
}

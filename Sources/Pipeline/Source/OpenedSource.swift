/// The rows of a `DataSource` that is open, and what is known of them beside their form.
///
/// Each thread opens its own.
public protocol OpenedSource: RowSource {
  /// The columns of the table, where stages are still to be fitted to them; else nil.
  var schema: Schema? { get }
  /// The names of the numbers of a row, in order, where they are columns that no stage finds by name; else empty.
  var featureColumns: [String] { get }
  /// The same of columns that hold several numbers, too.
  var columnNames: [String] { get }
  /// The names of the numbers of a row of targets, in order, where these are columns of their own; else empty.
  var targetNames: [String] { get }
  /// The shapes of the parts that a row of features, and of targets, is made of.
  var partShapes: (features: [[Int]], targets: [[Int]]) { get }
}

private import HDF5
internal import Pipeline

/// The names of classes, where a data file tells them.
enum ClassNames {
  /// The attribute `class_names` of the target's data set, of its group, or of the file.
  ///
  /// Those of a model whose target was of texts are the model's.
  static func of(_ source: DataSource) -> [String]? {
    if let classes = source.targetClasses { return classes.names }
    guard let name = source.target, let path = try? source.paths()[0],
      let file = try? File(opening: path)
    else { return nil }
    let target = source.table.map { "\($0)/\(name)" } ?? name
    if let names = try? file.dataset(target).stringsAttribute(attribute) { return names }
    if let slash = target.lastIndex(of: "/"), slash > target.startIndex,
      let names = try? file.group(String(target[..<slash])).stringsAttribute(attribute)
    {
      return names
    }
    return try? file.root().stringsAttribute(attribute)
  }

  private static let attribute = "class_names"
}

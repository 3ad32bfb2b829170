/// What a stage does with NaN, which stands for a missing value.
public enum MissingRule: Sendable {
  /// It needs numbers: rows with NaN are refused before they come here.
  case refuses
  /// NaN stays NaN; the stage learns nothing from data.
  case keeps
  /// Numbers take the place of NaN.
  case fills

  /// Whether rows may have missing values before stages of these rules: the first that does not keep
  /// them fills them in.
  static func accepts(_ rules: [MissingRule]) -> Bool {
    rules.first { $0 != .keeps } == .fills
  }
}

/// Sounder's own version.
public enum Version {
  /// The version of this source tree, after semantic versioning.
  public static let current = "0.1.0"
}

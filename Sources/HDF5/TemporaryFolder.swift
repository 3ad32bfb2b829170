/// Where files go that are there for a while.
package enum TemporaryFolder {
  /// `TMPDIR`; `/tmp` where that is not set, or empty.
  package static var path: String {
    let named = Posix.variable("TMPDIR") ?? ""
    return named.isEmpty ? "/tmp" : named
  }
}

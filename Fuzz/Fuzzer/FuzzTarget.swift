internal import Configuration
private import Glibc

/// One reader, and what is fed to it.
struct FuzzTarget: Sendable {
  /// The name on the command line and of the corpus.
  let name: String
  /// Reads one input to its end; an error of one line is as good an end as a result.
  let body: @Sendable (UnsafeRawBufferPointer) throws -> Void

  /// Every target; `scripts/fuzz.sh` takes them from here.
  static let all = configuration + imports + files + models + rows

  /// The target of that name.
  static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }

  /// What a reader may end with: wrong content, or a file that names another one that is not there.
  private static let codes = [ExitCode.data, ExitCode.missingInput, ExitCode.usage]

  /// Reads one input; what no user should see ends the process, and so becomes a find.
  func read(_ bytes: UnsafeRawBufferPointer) { Self.attempt(name) { try body(bytes) } }

  /// The same for one of several things that a target does.
  static func attempt(_ name: String, _ body: () throws -> Void) {
    do { try body() } catch let error as any ExitCoded {
      precondition(
        codes.contains(error.exitCode) && !error.description.isEmpty
          && !error.description.contains { $0.isNewline },
        "\(name): exit code \(error.exitCode): \(error.description)")
    } catch {
      preconditionFailure("\(name): an error without a line for the user: \(error)")
    }
  }
}

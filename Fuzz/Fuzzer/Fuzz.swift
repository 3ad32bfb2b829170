private import CFuzzer
private import Distributed
private import Glibc
private import HDF5

/// `fuzz TARGET [libFuzzer's options] [CORPUS…]`: feeds one reader with inputs that libFuzzer makes up.
///
/// `fuzz` alone lists the targets, `fuzz seeds FOLDER` writes valid files for each into FOLDER/TARGET, and
/// `fuzz probe FILE` ends with code 65 where a command would refuse to open an HDF5 file. `scripts/fuzz.sh` does
/// all of that.
@main
struct Fuzz {
  /// What names the target to the processes that libFuzzer starts: this program with other options.
  private static let variable = "SOUNDER_FUZZ_TARGET"

  private static let target = FuzzTarget.named(
    getenv(variable).map { String(cString: $0) } ?? "")

  static func main() throws {
    var (count, rest) = (CommandLine.argc, CommandLine.unsafeArgv)
    if getenv(variable) == nil {
      try choose(Array(CommandLine.arguments.dropFirst()))
      // libFuzzer does not see the target's name.
      rest[1] = rest[0]
      (count, rest) = (count - 1, rest + 1)
    }
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = rest
    exit(
      LLVMFuzzerRunDriver(&count, &arguments) { bytes, byteCount in
        Fuzz.target?.read(UnsafeRawBufferPointer(start: bytes, count: byteCount))
        return 0
      })
  }

  /// Does what is no fuzzing, and ends; otherwise remembers the target.
  private static func choose(_ arguments: [String]) throws {
    let name = arguments.first ?? ""
    if arguments.count == 2, name == "seeds" {
      try Seeds.write(to: arguments[1])
      exit(0)
    }
    if arguments.count == 2, name == "probe" {
      do { try FileProbe([arguments[1]]).check() } catch {
        print(error)
        exit(error.exitCode)
      }
      exit(0)
    }
    guard FuzzTarget.named(name) != nil else {
      for target in FuzzTarget.all { print(target.name) }
      exit(arguments.isEmpty ? 0 : 64)
    }
    setenv(variable, name, 1)
  }
}

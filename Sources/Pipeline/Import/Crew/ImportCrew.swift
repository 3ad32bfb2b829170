/// The processes that import files, or look through rows, together: one by itself, or the ranks of a job.
///
/// Of an import, process 0 writes the output; the others read parts of large files for it.
public protocol ImportCrew {
  /// This process' number, from 0.
  var rank: Int { get }
  /// The number of processes.
  var size: Int { get }
  /// The bytes of every process, in the processes' order.
  ///
  /// Collective and blocking.
  func gather(_ bytes: [UInt8]) throws -> [[UInt8]]
  /// Sends bytes to process 0, from any other; returns when they may be reused.
  ///
  /// May block until process 0 receives them.
  func send(_ bytes: [UInt8]) throws
  /// Replaces `bytes` by the next ones that process `rank` has sent; on process 0 only.
  ///
  /// Blocks until they are there.
  func receive(_ bytes: inout [UInt8], from rank: Int) throws
  /// Called behind every block of rows that is looked through: others may wait for this process.
  func goesOn()
}

extension ImportCrew {
  /// Nobody waits.
  public func goesOn() {}
}

/// A process that imports by itself.
public struct LoneImporter: ImportCrew {
  /// 0.
  public var rank: Int { 0 }
  /// 1.
  public var size: Int { 1 }

  /// Makes the crew of one.
  public init() {}

  /// The bytes.
  public func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
  /// There is nobody to send to.
  public func send(_ bytes: [UInt8]) { preconditionFailure("a lone process sends nothing") }
  /// There is nobody to receive from.
  public func receive(_ bytes: inout [UInt8], from rank: Int) {
    preconditionFailure("a lone process receives nothing")
  }
}

extension ImportCrew {
  /// What `body` says on every process, in the processes' order.
  ///
  /// Collective and blocking.
  /// - Throws: on all processes what the first of those threw whose `body` failed.
  func share(
    _ body: (inout ImportMessage) throws -> Void
  ) throws -> [ImportMessage.Reader] {
    var message = ImportMessage()
    do { try body(&message) } catch {
      // Alone, the error keeps its type.
      guard size > 1 else { throw error }
      message = ImportMessage(failure: error)
    }
    var readers: [ImportMessage.Reader] = []
    for bytes in try gather(message.bytes) {
      readers.append(try ImportMessage.Reader(bytes))
    }
    return readers
  }

  /// Throws unless all processes have found the same numbers in `name`: with other rows they would wait for each other
  /// without end.
  ///
  /// Collective and blocking.
  /// - Parameters:
  ///   - found: what was counted, and how much it is.
  ///   - name: what it was counted in.
  /// - Throws: `PipelineError` on all processes, and for all the same.
  func requireAlike(_ found: [(what: String, count: Int)], of name: String) throws {
    let all = try share { message in for (_, count) in found { message.append(count) } }
    var first = all[0]
    for (index, what) in found.map(\.what).enumerated() {
      let expected = first.number()
      for (process, message) in all.enumerated() {
        var other = message
        let counts = found.map { _ in other.number() }
        guard counts[index] == expected else {
          throw PipelineError(
            "\(name): rank 0 finds \(expected) \(what), rank \(process) \(counts[index]): all must read the same "
              + "files")
        }
      }
    }
  }

  /// What `body` gives, on processes all of which have succeeded.
  ///
  /// Collective and blocking.
  /// - Throws: as `share`.
  package func agree<Result>(_ body: () throws -> Result) throws -> Result {
    var result: Result?
    _ = try share { _ in result = try body() }
    guard let result else { preconditionFailure("a process has neither a result nor an error") }
    return result
  }
}

private import Configuration
internal import Distributed
internal import NN
private import Glibc

/// What a training takes from the machine: memory, MPI, a place for its files.
enum MachineCheck {
  /// The memory of one rank, measured where it can be: the executor is planned for real; with what
  /// its training step takes.
  ///
  /// `training` is the job's, with a number in `batch_size`.
  static func memory(
    _ network: Network, _ job: JobSections, _ training: TrainingConfiguration?
  ) -> (items: [CheckItem], step: StepMemory?) {
    guard let training, let data = job.data, let distribution = job.distribution
    else { return ([], nil) }
    let floats = network.parameterCount
    let need = MemoryNeed(network, training: training, distribution: distribution)
    do { try need.checkAlone() } catch {
      return ([CheckItem("memory", failed: error)], nil)
    }
    let shared = Int(need.sharedByteCount)
    let available = Int(min(MemoryNeed.availableByteCount, 1e18))
    var own = Int(need.workerByteCount)
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: 2 * floats + 1)
    defer { memory.deallocate() }
    let step: StepMemory
    do {
      let executor = try Executor(
        network, batchSize: training.batchSize, losses: try training.losses(for: network),
        parameters: memory, gradient: memory + floats, precision: training.precision)
      own += executor.byteCount
      step = executor.stepMemory(slotCount: training.optimizer.slotCount)
    } catch { return ([CheckItem("memory", failed: error)], nil) }
    let text =
      "\(Figures.bytes(own + data.memoryByteCount)) per worker, of which "
      + "\(Figures.bytes(data.memoryByteCount)) for rows (data.memory)"
      + (shared > 0 ? ", and \(Figures.bytes(shared)) shared per node" : "")
      + "; \(Figures.bytes(available)) are free here"
    guard own + shared + data.memoryByteCount < available else {
      return (
        [CheckItem("memory", failed: text + ": lower data.memory or training.batch_size")], step
      )
    }
    return ([CheckItem("memory", text)], step)
  }

  /// MPI's version and thread level, a shared window that is written and read across ranks, and whether these have
  /// cores to work on.
  ///
  /// Collective over `world`.
  static func mpi(_ world: borrowing Communicator) -> [CheckItem] {
    let version = ErrorLine.oneLine(Session.libraryVersion()).split(separator: ",").first ?? ""
    let level = Session.threadLevel()
    var items = [
      CheckItem(
        "MPI", "\(version), \(world.size) rank\(world.size == 1 ? "" : "s"), threads: \(level)")
    ]
    do {
      let node = try world.splitByNode()
      let window = try SharedWindow(byteCount: 8 * node.size, on: node)
      let words = window.base.bindMemory(to: Int.self, capacity: node.size)
      words[node.rank] = node.rank + 1
      try window.sync()
      try node.barrier()
      try window.sync()
      let isRight = (0..<node.size).allSatisfy { words[$0] == $0 + 1 }
      try node.barrier()
      try window.free()
      try node.free()
      items.append(
        isRight
          ? CheckItem("shared window", "every rank of the node reads what the others wrote")
          : CheckItem(
            "shared window", failed: "a rank reads other values than were written: report this",
            ExitCode.fault))
    } catch { items.append(CheckItem("shared window", failed: error)) }
    do {
      // Rank 0 serves, wherever there are others.
      let cores = try NodeCores.found(serverCount: world.size > 1 ? 1 : 0, on: world)
      if let remark = cores.remark { items.append(CheckItem("cores", note: remark)) }
    } catch { items.append(CheckItem("cores", failed: error)) }
    return items
  }

  /// That the model and its checkpoint can be written, and that training may replace or resume what
  /// is there.
  ///
  /// `whole` is the job, where all of its sections can be used; `data` are its data as they can be read.
  static func output(
    _ job: JobSections, _ network: Network?, whole: TrainingJob?, data: DataConfiguration?,
    jobPath: String
  ) -> [CheckItem] {
    guard let output = job.output else { return [] }
    var items: [CheckItem] = []
    if let whole {
      do { try OutputFiles.checkDistinct(whole, jobPath: jobPath) } catch {
        return [CheckItem("output", failed: error)]
      }
    }
    let foreign = OutputFiles.foreign(output)
    for (key, path) in output.files {
      do { try OutputFiles.checkWritable(path, key: key) } catch {
        items.append(CheckItem(key, failed: error))
        continue
      }
      let slash = path.lastIndex(of: "/")
      let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
      let slots = job.training?.optimizer.slotCount ?? 0
      let own = job.distribution.map { $0.ownFloats(slotCount: slots) } ?? 0
      // Those that are kept, and the one that is written.
      let checkpoints = min(output.checkpointCount, job.training?.epochCount ?? 1) + 1
      let arrays =
        key == "output.model" ? 1 : key == "output.checkpoint" ? checkpoints * (2 + slots + own) : 0
      let needed = (network?.parameterCount ?? 0) * 4 * arrays
      if let free = Storage.freeByteCount(at: folder), free < needed + 65536 {
        items.append(
          CheckItem(
            key,
            failed: "\(path): needs \(Figures.bytes(needed)), but only \(Figures.bytes(free)) "
              + "are free in \(folder): make room or choose another place",
            ExitCode.inputOutput))
        continue
      }
      let isThere =
        access(path, F_OK) == 0 || key == "output.checkpoint" && whole?.hasCheckpoint == true
      if !isThere {
        items.append(CheckItem(key, "\(path) can be written"))
      } else if key != "output.checkpoint", !foreign.contains(where: { $0.path == path }) {
        items.append(CheckItem(key, "\(path) is there already: train goes on with it"))
      } else if key != "output.checkpoint" {
        items.append(
          CheckItem(key, note: "\(path) is there already: train refuses without --overwrite"))
      } else {
        items.append(checkpoint(path, key, whole, network, data))
      }
    }
    return items
  }

  /// What training will do with the checkpoint that is there.
  private static func checkpoint(
    _ path: String, _ key: String, _ job: TrainingJob?, _ network: Network?,
    _ data: DataConfiguration?
  ) -> CheckItem {
    // Without data that can be read, nobody knows whether it has seen the same rows.
    guard let job, let network, let data else {
      return CheckItem(
        key, note: "\(path) is there already: train resumes it if it is one of this job")
    }
    let notes: [String]
    do { notes = try job.checkCheckpoint(network: network, data: data) } catch {
      return CheckItem(key, failed: error)
    }
    return notes.isEmpty
      ? CheckItem(key, "\(path) is there already: train resumes it")
      : CheckItem(key, note: notes.joined(separator: "; "))
  }
}

/// The text of an sbatch script that starts one command of ours, and goes on after the time limit.
package struct BatchScript {
  /// How ranks are started.
  package enum Launcher: Equatable {
    /// `srun --mpi=TYPE`.
    case srun(type: String)
    /// `mpirun`, which asks Slurm for nodes and slots by itself.
    case mpirun
    /// Not at all: the command starts its steps itself.
    case none
  }

  /// The job's name in Slurm.
  package var name: String
  /// `--nodes`.
  package var nodeCount: Int
  /// `--ntasks-per-node`: one task is one rank.
  package var tasksPerNode: Int
  /// `--cpus-per-task`: compute threads of a rank.
  package var cpusPerTask = 1
  /// `--time`.
  package var time: BatchTime
  /// How long before the end the checkpoint begins.
  package var signalSeconds = 120
  /// The number of jobs in the array; nil: a job alone.
  package var arrayCount: Int?
  /// How often the command is started again within a start of the job when it dies or meets a fault.
  package var mostRestarts = 3
  /// What a training writes; nil: a search.
  package var outputs: Outputs?
  /// More options of sbatch, `--account=physics`.
  package var options: [String] = []
  /// How ranks are started.
  package var launcher: Launcher
  /// The program and its arguments.
  package var command: [String]

  /// The files by which the script sees how far a training is.
  package struct Outputs {
    /// Its model file: there at the end.
    package var model: String
    /// Its newest checkpoint: there until then.
    package var checkpoint: String
    /// What else must not be there without `--overwrite`.
    package var histories: [String]

    /// Names them.
    package init(model: String, checkpoint: String, histories: [String] = []) {
      self.model = model
      self.checkpoint = checkpoint
      self.histories = histories
    }
  }

  /// Makes a script's settings.
  package init(
    name: String, nodeCount: Int, tasksPerNode: Int, time: BatchTime, launcher: Launcher,
    command: [String]
  ) {
    self.name = name
    self.nodeCount = nodeCount
    self.tasksPerNode = tasksPerNode
    self.time = time
    self.launcher = launcher
    self.command = command
  }

  /// The line by which a script of ours is known.
  package static let mark = "# Written by `sounder submit`"

  /// The script.
  package var text: String {
    """
    #!/usr/bin/env bash
    \(Self.mark): change it as you like, and submit it with sbatch.
    #
    # \(signalSeconds) seconds before the time limit Slurm signals this script. The ranks then write
    # their checkpoints and leave with code 75, the job is requeued, and the same command goes on.
    # When a rank dies, the command is started again here, \(mostRestarts) times at most.
    \(directives.map { "#SBATCH " + $0 }.joined(separator: "\n"))
    set -uo pipefail

    \(exports)\(firstLook)restarts=0
    again=true
    late=false
    job=
    trap 'interrupted=true; late=true; kill -USR1 "$job" 2>/dev/null' USR1
    trap 'interrupted=true; again=false; kill -USR1 "$job" 2>/dev/null' TERM INT
    while true; do
      echo "$(date +%T) start $((${SLURM_RESTART_COUNT:-0} + 1)) on ${SLURM_JOB_NODELIST:-this machine}"
      \(line) &
      job=$!

      # A trap ends `wait` early: then it has to wait again for the job's own exit code.
      interrupted=false
      wait "$job"
      code=$?
      while $interrupted; do
        interrupted=false
        wait "$job"
        code=$?
      done
      echo "$(date +%T) end with exit code $code"

      # Done, stopped early, or the same the next time: command line, data, a missing input, no place to write.
      case $code in
        0 | 64 | 65 | 66 | 74 | 75) break ;;
      esac
    \(lastLook)  if $late || ! $again || [ "$restarts" -ge \(mostRestarts) ]; then break; fi
      restarts=$((restarts + 1))
      echo "$(date +%T) restart $restarts of \(mostRestarts): a rank has died, or met a fault"
    done

    case $code in
      0 | 64 | 65 | 66 | 74) again=false ;;
      75) ;;
      # Died while it was to write its checkpoint: not for ever.
      *) if ! $late || [ "${SLURM_RESTART_COUNT:-0}" -ge \(mostRestarts) ]; then again=false; fi ;;
    esac
    if $again; then scontrol requeue "$SLURM_JOB_ID"; fi
    \(lastLine)exit "$code"

    """
  }

  private var directives: [String] {
    var lines = [
      "--job-name=\(name)", "--nodes=\(nodeCount)", "--ntasks-per-node=\(tasksPerNode)",
      "--cpus-per-task=\(cpusPerTask)", "--time=\(time.text)", "--signal=B:USR1@\(signalSeconds)",
      "--requeue", "--open-mode=append",
    ]
    lines.append(arrayCount == nil ? "--output=%x-%j.log" : "--output=%x-%A_%a.log")
    if let arrayCount { lines.append("--array=1-\(arrayCount)") }
    return lines + options
  }

  private var exports: String {
    var lines: [String] = []
    if cpusPerTask > 1 {
      // Since Slurm 22.05 srun takes this from nowhere else.
      lines.append("export SRUN_CPUS_PER_TASK=\(cpusPerTask) OMP_NUM_THREADS=\(cpusPerTask)")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private var line: String {
    let words: [String] =
      switch launcher {
      case .srun(let type): ["srun", "--mpi=\(type)"]
      case .mpirun: ["mpirun"]
      case .none: []
      }
    return (words + command).map(Self.quoted).joined(separator: " ")
      + (outputs == nil ? "" : " $own")
  }

  /// Before the first start: which files are somebody else's.
  private var firstLook: String {
    guard let outputs else { return "" }
    let files = ([outputs.model] + outputs.histories).map { "[ ! -e \(Self.quoted($0)) ]" }
    return """
      # What is not there yet is this training's own when it is started again.
      own=
      may_replace=
      if \(files.joined(separator: " && ")); then may_replace=--overwrite; fi
      before=$(stat -Lc '%i %y' \(Self.quoted(outputs.model)) 2>/dev/null)

      """
  }

  /// After a fault: whether the training was at its end, and what the next start may replace.
  private var lastLook: String {
    guard let outputs else { return "" }
    let (model, checkpoint) = (Self.quoted(outputs.model), Self.quoted(outputs.checkpoint))
    return """
        # A rank that died behind the end has left the model whole, and no checkpoint.
        if [ ! -e \(checkpoint) ] && [ -e \(model) ] && [ "$(stat -Lc '%i %y' \(model))" != "$before" ]; then
          code=0
          break
        fi
        own=$may_replace

      """
  }

  /// At the end: where the model is.
  private var lastLine: String {
    guard let outputs else { return "" }
    let path = "$(realpath -m -- \(Self.quoted(outputs.model)))"
    return "if [ \"$code\" = 0 ]; then echo \"$(date +%T) the model is \(path)\"; fi\n"
  }

  /// A word as the shell has to see it.
  package static func quoted(_ word: String) -> String {
    let isPlain = word.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
          || ("0"..."9").contains(scalar) || "-_./=:,+@%".unicodeScalars.contains(scalar))
    }
    if isPlain, !word.isEmpty { return word }
    return "'" + word.replacing("'", with: "'\\''") + "'"
  }
}

import Configuration
import Foundation
import TestSupport
import Testing
import sounder

@Suite("sounder submit")
struct SubmitTests {
  private let sounder = Program()

  private func submit(_ arguments: [String], in job: SmallJob) throws -> Program.Run {
    try sounder.run(
      ["submit", "job.yaml", "--time", "2:00:00", "--tasks-per-node", "3"] + arguments,
      in: job.folder, environment: ["PATH": "/usr/bin:/bin"])
  }

  private func script(_ job: SmallJob, _ name: String = "job.sbatch") throws -> String {
    try String(contentsOf: job.url(name), encoding: .utf8)
  }

  @Test("writes a script that trains, checkpoints before the time limit and requeues itself")
  func train() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let run = try submit(["--set", "training.epochs=7", "--partition", "long"], in: job)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("sbatch job.sbatch"))
      let text = try script(job)
      for line in [
        "#SBATCH --nodes=1", "#SBATCH --ntasks-per-node=3", "#SBATCH --time=2:00:00",
        "#SBATCH --signal=B:USR1@120", "#SBATCH --requeue", "#SBATCH --open-mode=append",
        "#SBATCH --partition=long", "scontrol requeue \"$SLURM_JOB_ID\"",
      ] { #expect(text.contains(line), "\(line)") }
      #expect(text.contains(" train job.yaml --set training.epochs=7 $own &"), "\(text)")
      let check = try Program("/bin/bash").run(["-n", "job.sbatch"], in: folder)
      #expect(check.status == 0, "\(check.errors)")
    }
  }

  @Test("refuses what could only fail on the cluster")
  func refused() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let several = try submit(["--nodes", "2"], in: job)
      #expect(several.status == 0, "\(several.errors)")
      for arguments in [
        ["--array", "3"], ["--isolate"], ["--nodes", "0"], ["--signal-seconds", "7200"],
        ["--launcher", "ssh"], ["--max-restarts=-1"],
      ] {
        let run = try submit(arguments, in: job)
        #expect(run.status == ExitCode.usage, "\(arguments): \(run.errors)")
        #expect(run.errorLines.count == 1)
      }
      try job.edit("epochs: 3", "epochs: many")
      #expect(try submit([], in: job).status == ExitCode.data)
    }
  }

  @Test(
    "refuses what check finds wrong and what the ranks do not allow, unless it is not to look",
    arguments: [
      ("data.train.file=nowhere.h5", ExitCode.missingInput, "nowhere.h5: there is no such file"),
      ("output.model=nowhere/m.h5", ExitCode.inputOutput, "error: output.model nowhere/m.h5: "),
      (
        "distribution.servers=9", ExitCode.usage,
        "distribution.servers is 9, and the job has 4 ranks"
      ),
      ("distribution.ranks_per_worker=2", ExitCode.usage, "ranks_per_worker"),
      ("data.train.features=nothing", ExitCode.missingInput, "there is no such data set"),
    ])
  func checked(setting: String, status: Int32, words: String) throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      let arguments = ["--tasks-per-node", "4", "--set", setting]
      let run = try submit(arguments, in: job)
      #expect(run.status == status, "\(run.status) \(run.errors)")
      #expect(run.errorLines.count == 1 && run.errors.contains(words), "\(run.errors)")
      #expect(!job.files.contains("job.sbatch"))
      let unchecked = try submit(arguments + ["--unchecked"], in: job)
      #expect(unchecked.status == 0, "\(unchecked.errors)")
      #expect(try script(job).contains(setting))
    }
  }

  @Test("refuses to train or search where a model is, unless it may be replaced")
  func model() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      try Data("a precious model".utf8).write(to: job.url("model.h5"))
      for isSearch in [false, true] {
        if isSearch {
          try job.edit("batch_size: 10", "batch_size: {search: int, low: 5, high: 20}")
          try job.edit("output:\n", "search: {objective: val_accuracy, trials: 2}\noutput:\n")
        }
        let run = try submit([], in: job)
        #expect(run.status == ExitCode.inputOutput, "\(run.status) \(run.errors)")
        #expect(run.errors.contains("output.model model.h5 is there already: pass --overwrite"))
        #expect(job.files.contains("job.sbatch") == isSearch)
        // Whether the cluster has a model there cannot be known: that is the job's to see.
        #expect(try submit(["--unchecked"], in: job).status == 0)
        #expect(try !script(job).contains("job.yaml --overwrite"))
        for more in [[], ["--unchecked"]] {
          #expect(try submit(["--overwrite"] + more, in: job).status == 0)
          #expect(try script(job).contains(" job.yaml --overwrite"))
        }
      }
      #expect(job.bytes("model.h5") == Data("a precious model".utf8))
      try FileManager.default.removeItem(at: job.url("model.h5"))
      #expect(try submit(["--overwrite"], in: job).status == 0)
      #expect(try !script(job).contains("job.yaml --overwrite"))
    }
  }

  @Test("replaces its own script, and nobody else's")
  func overwrite() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      #expect(try submit([], in: job).status == 0)
      #expect(try submit(["--nodes", "1"], in: job).status == 0)
      try "#!/bin/bash\n".write(to: job.url("job.sbatch"), atomically: true, encoding: .utf8)
      let run = try submit([], in: job)
      #expect(run.status == ExitCode.inputOutput)
      #expect(run.errors.contains("--overwrite"))
      #expect(try submit(["--overwrite"], in: job).status == 0)
      #expect(try script(job).contains("Written by `sounder submit`"))
    }
  }

  @Test("--go hands the script to sbatch and tells what it says")
  func go() throws {
    try withTemporaryFolder { folder in
      let job = try SmallJob(in: folder)
      func sbatch(_ body: String) throws {
        try "#!/bin/sh\n\(body)\n".write(to: job.url("sbatch"), atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes(
          [.posixPermissions: 0o755], ofItemAtPath: job.url("sbatch").path)
      }
      let arguments = ["submit", "job.yaml", "--time", "90", "--tasks-per-node", "2", "--go"]
      let environment = ["PATH": "\(folder.path):/usr/bin:/bin"]
      try sbatch("echo Submitted batch job 7, $1")
      let run = try sounder.run(arguments, in: folder, environment: environment)
      #expect(run.output.contains("Submitted batch job 7, job.sbatch"), "\(run.errors)")
      try sbatch("echo no such account >&2; exit 1")
      let failed = try sounder.run(arguments, in: folder, environment: environment)
      #expect(failed.status == ExitCode.fault)
      #expect(failed.errors.contains("no such account"))
    }
  }

  @Test(
    "reads Slurm's times",
    arguments: [
      ("90", 5400), ("1:30", 90), ("2:00:00", 7200), ("1-0", 86400), ("1-2:30", 95400),
      ("0-0:0:1", 1), ("", nil), ("0", nil), ("x", nil), ("1:2:3:4", nil), ("1-", nil), ("-1", nil),
      ("1:-2", nil), ("99999999999999999999", nil),
    ] as [(String, Int?)])
  func times(text: String, seconds: Int?) {
    #expect(BatchTime(text)?.seconds == seconds)
  }

  @Test("quotes words for the shell")
  func quotes() throws {
    for word in ["plain-1.h5", "two words", "it's", "$HOME `x` \"y\" \\", "", "a=b;c", "*"] {
      let run = try Program("/bin/sh").run(["-c", "printf %s \(BatchScript.quoted(word))"])
      #expect(run.output == word)
    }
    #expect(BatchScript.quoted("jobs/a.yaml") == "jobs/a.yaml")
  }

  @Test("starts ranks by srun, mpirun, or leaves that to the command")
  func launchers() throws {
    let time = try #require(BatchTime("10"))
    var batch = BatchScript(
      name: "a", nodeCount: 4, tasksPerNode: 8, time: time, launcher: .srun(type: "pmix"),
      command: ["sounder", "search", "a.yaml"])
    #expect(batch.text.contains("\n  srun --mpi=pmix sounder search a.yaml &\n"))
    batch.launcher = .mpirun
    #expect(batch.text.contains("\n  mpirun sounder search a.yaml &\n"))
    batch.launcher = .none
    batch.arrayCount = 5
    batch.cpusPerTask = 4
    #expect(batch.text.contains("\n  sounder search a.yaml &\n"))
    #expect(batch.text.contains("#SBATCH --array=1-5"))
    #expect(batch.text.contains("--output=%x-%A_%a.log"))
    #expect(batch.text.contains("export SRUN_CPUS_PER_TASK=4"))
  }
}

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A thread of the operating system that runs one function; signals go to the others.
struct ReaderThread: ~Copyable {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private let identifier: pthread_t

  /// Starts the thread.
  ///
  /// - Throws: `PipelineError` when the system has no room for one more.
  init(_ run: @escaping @Sendable () -> Void) throws(PipelineError) {
    let body = Unmanaged.passRetained(Body(run))
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    // A new thread inherits the mask: no signal meant for the program interrupts a read.
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    #if canImport(Glibc)
      var thread = pthread_t()
    #else
      var thread: pthread_t?
    #endif
    let status = pthread_create(
      &thread, nil,
      { argument in
        #if canImport(Glibc)
          guard let argument else { return nil }
        #endif
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, body.toOpaque())
    #if canImport(Glibc)
      let created: pthread_t? = thread
    #else
      let created = thread
    #endif
    guard status == 0, let created else {
      body.release()
      throw PipelineError(
        "the thread that reads ahead cannot be started: \(String(cString: strerror(status)))",
        exitCode: 70)
    }
    identifier = created
  }

  /// Waits for the function's end.
  consuming func join() {
    pthread_join(identifier, nil)
  }
}

internal import COneDNN

/// One oneDNN engine and its stream, owned by one executor.
final class OneDNN {
  let engine: dnnl_engine_t
  let stream: dnnl_stream_t
  /// What matrix products multiply.
  let precision: Precision
  /// Whether this CPU multiplies bfloat16; asked only when products do.
  private(set) var multipliesBFloat16 = false
  /// Where weights lie that are packed once, because they stay as they are when they are bound; nil: they
  /// may change between two passes.
  let packedWeights: FloatArena?
  private let setThreads: cdnn_set_threads?
  /// The threads that a product may use.
  let threadCount: Int32

  init(precision: Precision = .float32, fixedWeights: Bool = false) throws(NetworkError) {
    self.precision = precision
    packedWeights = fixedWeights ? FloatArena() : nil
    setThreads = cdnn_find_set_threads()
    threadCount = Int32(clamping: Engine.threadCount)
    setThreads?(threadCount)
    var engine: dnnl_engine_t?
    try OneDNN.check(dnnl_engine_create(&engine, dnnl_cpu, 0), "making an engine")
    guard let engine else { throw OneDNN.failure(dnnl_runtime_error, "making an engine") }
    var stream: dnnl_stream_t?
    let status = dnnl_stream_create(
      &stream, engine, UInt32(truncatingIfNeeded: dnnl_stream_default_flags.rawValue))
    guard let stream, status == dnnl_success else {
      dnnl_engine_destroy(engine)
      throw OneDNN.failure(status, "making a stream")
    }
    self.engine = engine
    self.stream = stream
    if precision == .bfloat16 {
      var trial = cdnn_product()
      // A product that could not be made has nothing to be freed.
      multipliesBFloat16 =
        cdnn_product_create(&trial, engine, 1, 16, 16, 16, 0, 0, 0, dnnl_bf16) == dnnl_success
      if multipliesBFloat16 { cdnn_product_destroy(&trial) }
    }
  }

  /// Sets this thread's OpenMP thread count: it belongs to the thread, and a step may run on
  /// another one than the executor was made on.
  func claimThread() { setThreads?(threadCount) }

  static func check(_ status: dnnl_status_t, _ what: String) throws(NetworkError) {
    guard status == dnnl_success else { throw failure(status, what) }
  }

  static func failure(_ status: dnnl_status_t, _ what: String) -> NetworkError {
    NetworkError("oneDNN failed at \(what): status \(status.rawValue)", exitCode: 70)
  }

  deinit {
    dnnl_stream_destroy(stream)
    dnnl_engine_destroy(engine)
  }
}

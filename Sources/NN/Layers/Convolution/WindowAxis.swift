/// How a window moves along one axis.
struct WindowAxis: Equatable {
  var input: Int
  var output: Int
  /// The taps of the window.
  var kernel: Int
  var stride: Int
  /// The inputs from one tap to the next.
  var dilation: Int
  /// The zeros before the input, and behind it; a negative number are inputs that are not read.
  var before: Int
  var after: Int

  /// The inputs from the first tap to the last, both included.
  static func reach(kernel: Int, dilation: Int) -> Int { (kernel - 1) * dilation + 1 }

  /// A window over `input` numbers; nil when it does not fit into them.
  init?(input: Int, kernel: Int, stride: Int, dilation: Int = 1, padding: Padding) {
    let reach = Self.reach(kernel: kernel, dilation: dilation)
    switch padding {
    case .valid:
      guard input >= reach else { return nil }
      output = (input - reach) / stride + 1
      (before, after) = (0, 0)
    case .same:
      guard input > 0 else { return nil }
      output = (input - 1) / stride + 1
      let total = max(0, (output - 1) * stride + reach - input)
      before = total / 2
      after = total - before
    case .causal:
      guard input > 0 else { return nil }
      output = (input - 1) / stride + 1
      (before, after) = (reach - 1, 0)
    }
    (self.input, self.kernel, self.stride, self.dilation) = (input, kernel, stride, dilation)
  }

  /// The convolution whose transposed one has `input` numbers as its input: it leads from the
  /// transposed one's output to its input.
  ///
  /// As keras/src/backend/common/backend_utils.py: `output` is (input - 1) stride + max(reach, stride)
  /// for valid padding and input x stride for the same, or what `outputPadding` adds to
  /// (input - 1) stride + reach or (input - 1) stride + reach mod 2. Nil when that is nothing.
  init?(
    transposed input: Int, kernel: Int, stride: Int, dilation: Int, padding: Padding,
    outputPadding: Int?
  ) {
    guard input > 0 else { return nil }
    let reach = Self.reach(kernel: kernel, dilation: dilation)
    // The zeros around the input when its numbers stand `stride` apart.
    let left: Int
    let length: Int
    if padding == .valid {
      left = reach - 1
      length = (input - 1) * stride + reach + (outputPadding ?? max(0, stride - reach))
    } else {
      let odd = reach % 2
      let total = outputPadding.map { reach + odd - 2 + $0 } ?? stride + reach - 2
      left = min((total + 1) / 2, reach - 1)
      length = outputPadding.map { (input - 1) * stride + odd + $0 } ?? input * stride
    }
    guard length > 0 else { return nil }
    self.input = length
    output = input
    before = reach - 1 - left
    after = (input - 1) * stride + reach - length - before
    (self.kernel, self.stride, self.dilation) = (kernel, stride, dilation)
  }
}

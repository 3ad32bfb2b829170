private import CKernels
public import Configuration
private import Foundation

/// LAMB (You et al., "Large Batch Optimization for Deep Learning", 2020), in Keras' form.
///
/// Adam's m and v; x = m / (1 - beta_1^t) / (sqrt(v / (1 - beta_2^t)) + epsilon); each trained array
/// does w -= learning_rate |w| / |x| x, with 1 for the quotient where a norm is 0. A weight decay
/// first does w -= learning_rate weight_decay w. Slot 0 is m, slot 1 is v.
public struct LAMB: Optimizer {
  /// `lamb`.
  public static let name = "lamb"
  /// What every optimizer has.
  public var common: CommonOptions
  private let moments: Moments

  /// Reads `beta_1`, `beta_2` and `epsilon`.
  public init(options: inout Options) throws(ConfigurationError) {
    common = try CommonOptions(options: &options, learningRate: 0.001, weightDecay: 0)
    moments = try Moments(options: &options)
  }

  /// The moments' decay.
  public var ruleEntries: [Value.Entry] { moments.entries }
  /// `Adam` with the same moments: Keras 3.15 has a `Lamb`, but does not find it when it reads an
  /// HDF5 file, since it stands on no list (`keras/src/optimizers/__init__.py`, `ALL_OBJECTS`).
  public var kerasClass: KerasClass { KerasClass("Adam", ruleEntries + [entry("amsgrad", false)]) }
  /// 2.
  public var ruleSlotCount: Int { 2 }

  /// No: an array's norm scales its step.
  public var isElementwise: Bool { false }

  /// One step.
  public func apply(_ update: OptimizerUpdate) {
    let t = Double(update.step)
    let correct1 = Float(1 / (1 - pow(moments.beta1, t)))
    let correct2 = Float(1 / (1 - pow(moments.beta2, t)))
    let epsilon = Float(moments.epsilon)
    update.forEachArray { array in
      let start = array.lowerBound
      let (w, g) = (update.parameters + start, update.gradient + start)
      let (m, v) = (update.slot(0) + start, update.slot(1) + start)
      var squares = (0.0, 0.0)
      withUnsafeMutableBytes(of: &squares) { bytes in
        ck_lamb_moments(
          array.count, Float(moments.beta1), Float(moments.beta2), epsilon, Float(update.decay),
          correct1, correct2, w, g, m, v, bytes.baseAddress?.assumingMemoryBound(to: Double.self))
      }
      let (size, change) = (squares.0.squareRoot(), squares.1.squareRoot())
      // Also where a norm is no number: the change is none, either.
      let ratio = size > 0 && change > 0 ? size / change : 1
      ck_lamb_step(
        array.count, Float(update.rate * ratio), epsilon, correct1, correct2, w, m, v)
    }
  }
}

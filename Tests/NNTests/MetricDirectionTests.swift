import Configuration
import NN
import Testing

@Suite("What of a figure is better")
struct MetricDirectionTests {
  @Test("More of every metric, less of losses, root mean squared error and perplexity")
  func names() {
    let less = Set(
      ["root_mean_squared_error", "perplexity"]
        + Loss.Function.allCases.map(\.rawValue).filter { $0 != "cosine_similarity" })
    for name in MetricSet.metricNames {
      #expect(MetricSet.isMoreBetter(name) == !less.contains(name), "\(name)")
      #expect(MetricSet.isMoreBetter("val_" + name) == !less.contains(name), "val_\(name)")
    }
    for (name, isMore) in [
      ("loss", false), ("val_loss", false), ("val_auc", true), ("f1", true), ("mse", false),
      ("val_rmse", false), ("acc", true), ("r2", true),
    ] { #expect(MetricSet.isMoreBetter(name) == isMore, "\(name)") }
    #expect(MetricSet.isMoreBetter("seconds") == nil)
    #expect(
      MetricSet.fullName("auc") == "roc_auc" && MetricSet.fullName("mse") == "mean_squared_error")
  }

  @Test("A set knows the figures that have names of their own")
  func ownNames() throws {
    let set = try MetricSet(
      [
        ["f1_score": ["average": "micro", "name": "quality"]], ["perplexity": ["name": "accurate"]],
      ], loss: Loss(.sparseCategoricalCrossentropy), outputShape: [3])
    #expect(set.isMoreBetter("val_quality") == true)
    #expect(set.isMoreBetter("val_accurate") == false)
    #expect(set.isMoreBetter("loss") == false)
    #expect(set.isMoreBetter("accuracy") == nil)
  }
}

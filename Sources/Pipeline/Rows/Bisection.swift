/// The last of `count` places whose start is at most `position`, by bisection; 0 where none is.
///
/// `start` gives the start of a place; they ascend.
@inline(__always)
func lastPlace(
  of count: Int, startingBy position: Int, _ start: (Int) -> Int
) -> Int {
  var low = 0
  var high = count
  while high - low > 1 {
    let middle = (low + high) / 2
    if start(middle) <= position { low = middle } else { high = middle }
  }
  return low
}

import Foundation
import NN

/// A monthly series, and the numbers that a network sees of it.
struct Series {
  /// The months' names.
  let months: [String]
  /// What was counted.
  let passengers: [Double]
  /// The logarithms, which grow evenly, as standard scores of the training months.
  let scaled: [Float]
  private let mean, deviation: Double

  /// Reads a CSV file with a line of names, and a month and a number in each other line.
  init(reading path: String) throws {
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst()
    let fields = lines.map { $0.split(separator: ",") }
    months = fields.map { String($0[0]) }
    passengers = fields.compactMap { Double($0[1]) }
    let logarithms = passengers.map { log($0) }
    let known = logarithms.dropLast(Forecast.horizon)
    let mean = known.reduce(0, +) / Double(known.count)
    let variance = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count)
    deviation = variance.squareRoot()
    self.mean = mean
    scaled = logarithms.map { [deviation] in Float(($0 - mean) / deviation) }
  }

  /// The last months as the network expects them, each from the months before, forecasts included.
  func forecast(with model: String) throws -> [Double] {
    let (network, trained) = try ModelFile.read(model)
    var weights = trained
    return try weights.withUnsafeMutableBufferPointer { weights in
      guard let parameters = weights.baseAddress else { return [] }
      let executor = try Executor(
        network, batchSize: 1, loss: nil, parameters: parameters, gradient: nil)
      var known = Array(scaled.dropLast(Forecast.horizon))
      for _ in 0..<Forecast.horizon {
        let window = Array(known.suffix(Forecast.window))
        for (index, value) in window.enumerated() { executor.features[index] = value }
        executor.forward()
        known.append(window[0] + executor.outputs[0])
      }
      return known.suffix(Forecast.horizon).map { exp(Double($0) * deviation + mean) }
    }
  }

  /// The root mean squared error over the last months.
  func error(of forecast: [Double]) -> Double {
    let squares = zip(forecast, passengers.suffix(Forecast.horizon)).map { ($0 - $1) * ($0 - $1) }
    return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  }

  /// The series in grey and the forecast in red, as SVG.
  func plot(_ forecast: [Double]) -> String {
    let (width, height, margin) = (900.0, 420.0, 50.0)
    let top = ((passengers + forecast).max() ?? 1) * 1.05
    func point(_ month: Int, _ value: Double) -> String {
      let x = margin + (width - 2 * margin) * Double(month) / Double(passengers.count - 1)
      let y = height - margin - (height - 2 * margin) * value / top
      return "\(round(x * 10) / 10),\(round(y * 10) / 10)"
    }
    func line(_ points: [String], _ color: String) -> String {
      """
      <polyline fill="none" stroke="\(color)" stroke-width="2" points="\
      \(points.joined(separator: " "))"/>
      """
    }
    var parts = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" \
      font-family="sans-serif" font-size="13">
      <rect width="100%" height="100%" fill="white"/>
      <text x="\(Int(margin))" y="28">Airline passengers in thousands a month: counted (grey), \
      forecast from the \(passengers.count - forecast.count) months before (red)</text>
      """
    ]
    for value in stride(from: 0, through: top, by: 100) {
      let y = point(0, value).split(separator: ",")[1]
      parts.append(
        """
        <line x1="\(margin)" x2="\(width - margin)" y1="\(y)" y2="\(y)" stroke="#ddd"/>
        <text x="\(margin - 8)" y="\(y)" text-anchor="end">\(Int(value))</text>
        """)
    }
    for (index, month) in months.enumerated() where month.hasSuffix("-01") {
      let x = point(index, 0).split(separator: ",")[0]
      parts.append(
        """
        <text x="\(x)" y="\(height - margin + 20)" text-anchor="middle">\(month.prefix(4))</text>
        """)
    }
    let first = passengers.count - forecast.count
    parts.append(line(passengers.enumerated().map { point($0, $1) }, "#888"))
    parts.append(line(forecast.enumerated().map { point(first + $0, $1) }, "#c00"))
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }
}

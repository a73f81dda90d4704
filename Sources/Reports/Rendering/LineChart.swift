internal import Campaign

/// A line by day with its highest and lowest ticks: readable without colour.
struct LineChart {
  let line: ReportDocument.Line

  private static let width = 720.0
  private static let height = 176.0
  private static let left = 48.0
  private static let right = 16.0
  private static let top = 16.0
  private static let bottom = 30.0
  /// Dots beyond so many days would only make the line thicker.
  private static let dottedDays = 62

  /// A line of more points than this shows nothing more; each then stands for several days.
  private static let mostPoints = 732

  private var days: Int { Int(line.to.days) - Int(line.from.days) + 1 }
  /// Days that one point of the line stands for, by the day with the most.
  private var step: Int { (days + LineChart.mostPoints - 1) / LineChart.mostPoints }

  /// The line's points: the first of the days that each stands for, and the greatest amount of these.
  private var points: [(day: Int32, amount: Int)] {
    var most: [Int: Int] = [:]
    for (date, amount) in line.amounts where date >= line.from && date <= line.to {
      most[(Int(date.days) - Int(line.from.days)) / step, default: 0].formMax(amount)
    }
    return stride(from: 0, to: days, by: step).map {
      (line.from.days + Int32($0), most[$0 / step] ?? 0)
    }
  }

  func write(to html: inout HTMLWriter) {
    guard days > 0 else { return }
    let points = points
    let top = LineChart.ceiling(max(1, points.map(\.amount).max() ?? 1))
    html.element(
      "svg",
      [
        ("xmlns", "http://www.w3.org/2000/svg"),
        ("viewBox", "0 0 \(Int(LineChart.width)) \(Int(LineChart.height))"), ("role", "img"),
        ("aria-label", line.title), ("class", "chart"),
      ]
    ) { html in
      writeScale(top, to: &html)
      writeDays(to: &html)
      html.empty(
        "polyline",
        [
          ("class", "line"),
          (
            "points",
            points.map { "\(text(x($0.day))),\(text(y($0.amount, of: top)))" }.joined(separator: " ")
          ),
        ])
      guard days <= LineChart.dottedDays else { return }
      for (day, amount) in points {
        html.element(
          "circle",
          [
            ("cx", text(x(day))), ("cy", text(y(amount, of: top))), ("r", "2.6"), ("class", "dot"),
          ]
        ) { html in
          html.element("title", "\(CivilDate(days: day)) \(amount)")
        }
      }
    }
  }

  private func writeScale(_ top: Int, to html: inout HTMLWriter) {
    // The scale's end is a multiple of four.
    for part in 0...4 {
      let amount = top * part / 4
      let height = text(y(amount, of: top))
      html.empty(
        "line",
        [
          ("x1", text(LineChart.left)), ("y1", height), ("x2", text(LineChart.width - LineChart.right)),
          ("y2", height), ("class", part == 0 ? "axis" : "grid"),
        ])
      html.element(
        "text",
        [("x", text(LineChart.left - 6)), ("y", text(y(amount, of: top) + 4)), ("text-anchor", "end")],
        String(amount))
    }
  }

  private func writeDays(to html: inout HTMLWriter) {
    let step = max(1, (days + 7) / 8)
    for offset in stride(from: 0, to: days, by: step) {
      let date = CivilDate(days: line.from.days + Int32(offset))
      let name = days > 366 ? date.description : String(date.description.dropFirst(5))
      html.element(
        "text",
        [("x", text(x(date.days))), ("y", text(LineChart.height - 10)), ("text-anchor", "middle")], name)
    }
  }

  private func x(_ day: Int32) -> Double {
    let space = LineChart.width - LineChart.left - LineChart.right - 24
    return LineChart.left + 12 + space * Double(Int(day) - Int(line.from.days)) / Double(max(1, days - 1))
  }

  private func y(_ amount: Int, of top: Int) -> Double {
    let space = LineChart.height - LineChart.top - LineChart.bottom
    return LineChart.top + space * (1 - Double(amount) / Double(top))
  }

  /// One decimal, the same on every machine.
  private func text(_ length: Double) -> String {
    let tenths = Int((length * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
  }

  /// The next amount that a scale of four steps ends in.
  static func ceiling(_ amount: Int) -> Int {
    var unit = 1
    while unit * 10 < amount { unit *= 10 }
    for factor in [1, 2, 4, 5, 8, 10] where unit * factor >= amount {
      return max(4, (unit * factor + 3) / 4 * 4)
    }
    return amount
  }
}

extension Int {
  fileprivate mutating func formMax(_ other: Int) { self = Swift.max(self, other) }
}

/// Bars of one series, the amount at the end of each: readable without colour.
struct BarChart {
  let bars: ReportDocument.Bars

  private static let width = 720
  private static let labelWidth = 150
  private static let amountWidth = 70
  private static let step = 22
  private static let thickness = 14

  func write(to html: inout HTMLWriter) {
    let height = bars.bars.count * BarChart.step + 6
    let longest = max(1, bars.bars.map(\.amount).max() ?? 1)
    let space = BarChart.width - BarChart.labelWidth - BarChart.amountWidth
    html.element(
      "svg",
      [
        ("xmlns", "http://www.w3.org/2000/svg"), ("viewBox", "0 0 \(BarChart.width) \(height)"),
        ("role", "img"), ("aria-label", bars.title), ("class", "chart"),
      ]
    ) { html in
      html.empty(
        "line",
        [
          ("x1", "\(BarChart.labelWidth)"), ("y1", "0"), ("x2", "\(BarChart.labelWidth)"),
          ("y2", "\(height)"), ("class", "axis"),
        ])
      for (place, bar) in bars.bars.enumerated() {
        let top = place * BarChart.step + 4
        let length = Int((Double(max(0, bar.amount)) / Double(longest) * Double(space)).rounded())
        html.element(
          "text",
          [("x", "\(BarChart.labelWidth - 8)"), ("y", "\(top + 11)"), ("text-anchor", "end")], bar.label)
        html.empty(
          "rect",
          [
            ("x", "\(BarChart.labelWidth)"), ("y", "\(top)"), ("width", "\(length)"),
            ("height", "\(BarChart.thickness)"), ("class", "bar"),
          ])
        html.element(
          "text",
          [("x", "\(BarChart.labelWidth + length + 6)"), ("y", "\(top + 11)"), ("class", "amount")],
          String(bar.amount))
      }
    }
  }
}

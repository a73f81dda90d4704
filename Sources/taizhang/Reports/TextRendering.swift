import Reports

/// A report for a terminal: tables, texts, no charts.
struct TextRendering {
  private let document: ReportDocument
  private let columns: Int?

  /// - Parameter columns: how wide a terminal is: a wider table is told in parts, each with its first column; nil where
  ///   no line is too long.
  init(_ document: ReportDocument, columns: Int? = nil) {
    self.document = document
    self.columns = columns
  }

  var text: String {
    var lines = [document.subtitle, document.title]
    lines.append(document.facts.map { "\($0.label) \($0.value)" }.joined(separator: "  "))
    lines.append(document.highlights.map { "\($0.label) \($0.value)" }.joined(separator: "  "))
    lines = lines.filter { !$0.isEmpty }.map(SafeText.line)
    for part in document.parts { lines += self.lines(part) }
    if document.hasDisputes { lines += ["", document.legend] }
    for part in document.foundation { lines += self.lines(part) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func lines(_ part: ReportDocument.Part) -> [String] {
    switch part {
    case .table(let table): lines(table)
    // The tables say the same in figures.
    case .bars, .line: []
    case .article(let article): lines(article)
    case .note(let text): ["", SafeText.line(text)]
    }
  }

  private func lines(_ table: ReportTable) -> [String] {
    // Where any number of a column bears a mark, the others keep its place free.
    let room = String(repeating: " ", count: DisplayWidth.of(ReportTable.Cell.mark))
    let marked = Set(
      table.columns.indices.filter { place in table.rows.contains { $0.cells[place].isDisputed } })
    let rows = table.rows.map { row in
      var cells = row.cells.enumerated().map { place, cell in
        table.columns[place].isNumber && marked.contains(place) && !cell.isDisputed
          ? cell.text + room : cell.marked
      }
      if row.standing == .part { cells[0] = "  " + cells[0] }
      return cells.map(SafeText.line)
    }
    let header = table.columns.map { SafeText.line($0.heading) }
    let parts = parts([header] + rows).map { places in
      var part = TextTable(
        places.map { header[$0] },
        numbers: Set(places.indices.filter { table.columns[places[$0]].isNumber }))
      for row in rows { part.add(places.map { row[$0] }) }
      return part.lines
    }
    return ["", SafeText.line(table.title)] + parts.joined(separator: [""])
      + (table.note.map { [SafeText.line($0)] } ?? [])
  }

  /// Which columns of a table stand beside each other: as many as there is room for beside the first.
  private func parts(_ rows: [[String]]) -> [[Int]] {
    let count = rows.first?.count ?? 0
    guard let columns, count > 1 else { return [Array(0..<count)] }
    let widths = (0..<count).map { place in rows.map { DisplayWidth.of($0[place]) }.max() ?? 0 }
    var parts: [[Int]] = []
    var room = 0
    for place in 1..<count {
      let needed = widths[place] + TextTable.gap
      if parts.isEmpty || room < needed {
        parts.append([0])
        room = columns - widths[0]
      }
      parts[parts.count - 1].append(place)
      room -= needed
    }
    return parts
  }

  private func lines(_ article: ReportDocument.Article) -> [String] {
    let facts = article.facts.map { "\($0.label) \($0.value.marked)" }.joined(separator: "  ")
    let body = article.body.marked.split(separator: "\n", omittingEmptySubsequences: false)
    return ["", SafeText.line(article.title), SafeText.line(facts)] + body.map { SafeText.line(String($0)) }
  }
}

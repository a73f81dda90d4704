import Reports

/// A report for a terminal: tables, texts, no charts.
struct TextRendering {
  private let document: ReportDocument

  init(_ document: ReportDocument) { self.document = document }

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
    var columns = TextTable(
      table.columns.map { SafeText.line($0.heading) },
      numbers: Set(table.columns.indices.filter { table.columns[$0].isNumber }))
    // Where any number of a column bears a mark, the others keep its place free.
    let room = String(repeating: " ", count: DisplayWidth.of(ReportTable.Cell.mark))
    let marked = Set(
      table.columns.indices.filter { place in table.rows.contains { $0.cells[place].isDisputed } })
    for row in table.rows {
      var cells = row.cells.enumerated().map { place, cell in
        table.columns[place].isNumber && marked.contains(place) && !cell.isDisputed
          ? cell.text + room : cell.marked
      }
      if row.standing == .part { cells[0] = "  " + cells[0] }
      columns.add(cells)
    }
    return ["", SafeText.line(table.title)] + columns.lines + (table.note.map { [SafeText.line($0)] } ?? [])
  }

  private func lines(_ article: ReportDocument.Article) -> [String] {
    let facts = article.facts.map { "\($0.label) \($0.value.marked)" }.joined(separator: "  ")
    let body = article.body.marked.split(separator: "\n", omittingEmptySubsequences: false)
    return ["", SafeText.line(article.title), SafeText.line(facts)] + body.map { SafeText.line(String($0)) }
  }
}

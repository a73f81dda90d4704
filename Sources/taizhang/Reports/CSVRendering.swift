import Reports

/// Tables below each other in one file that Excel and WPS open: a blank line parts them.
struct CSVRendering {
  private let tables: [ReportTable]

  init(_ tables: [ReportTable]) { self.tables = tables }

  var text: String {
    // The mark tells spreadsheets that it is UTF-8.
    "\u{feff}" + tables.map(text).joined(separator: "\r\n")
  }

  private func text(_ table: ReportTable) -> String {
    // A sign beside a number would make it a text that no sum counts: the columns concerned are named instead.
    let header = table.columns.map(\.heading) + [table.disputes].compactMap { $0 }
    let rows = table.rows.map { row in
      let cells = row.cells.enumerated().map { text($1, isNumber: table.columns[$0].isNumber) }
      guard table.disputes != nil else { return cells }
      let names = row.cells.indices.filter { row.cells[$0].isDisputed }.map { table.columns[$0].heading }
      return cells + [CSVCell.text(names.joined(separator: ";"))]
    }
    return ([header.map(CSVCell.text)] + rows).map { $0.joined(separator: ",") + "\r\n" }.joined()
  }

  /// A number stays one, its sign too; everything else is defused where a spreadsheet would run it.
  private func text(_ cell: ReportTable.Cell, isNumber: Bool) -> String {
    guard isNumber, Double(cell.text) != nil, cell.text.utf8.allSatisfy({ "-.0123456789".utf8.contains($0) })
    else { return CSVCell.text(cell.text) }
    return cell.text
  }
}

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
    let header = table.columns.map { CSVCell.text($0.heading) }.joined(separator: ",")
    let rows = table.rows.map { row in
      row.cells.enumerated().map { text($1, isNumber: table.columns[$0].isNumber) }.joined(separator: ",")
    }
    return ([header] + rows).map { $0 + "\r\n" }.joined()
  }

  /// A number stays one, its sign too; everything else is defused where a spreadsheet would run it.
  private func text(_ cell: ReportTable.Cell, isNumber: Bool) -> String {
    guard isNumber, Double(cell.text) != nil, cell.text.utf8.allSatisfy({ "-.0123456789".utf8.contains($0) })
    else { return CSVCell.text(cell.marked) }
    // What a number's mark says stands in a column of its own where the report counts disputes.
    return cell.isDisputed ? CSVCell.text(cell.marked) : cell.text
  }
}

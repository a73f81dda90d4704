/// A report as one HTML file that needs nothing beside it: no network, no script, style and charts inside. It
/// prints on A4 and needs no colour.
public struct HTMLRendering {
  private let document: ReportDocument

  public init(_ document: ReportDocument) { self.document = document }

  public var text: String {
    var html = HTMLWriter()
    html.literal("<!DOCTYPE html>\n")
    html.element("html", [("lang", document.language)]) { html in
      html.line()
      writeHead(to: &html)
      html.element("body") { html in
        html.line()
        html.element("main") { html in
          writeTop(to: &html)
          for part in document.parts { write(part, to: &html) }
          if document.hasDisputes { html.element("p", [("class", "note")], document.legend) }
          html.element("section", [("class", "foundation")]) { html in
            for part in document.foundation { write(part, to: &html) }
          }
        }
      }
      html.line()
    }
    html.line()
    return html.text
  }

  private func writeHead(to html: inout HTMLWriter) {
    html.element("head") { html in
      html.empty("meta", [("charset", "utf-8")])
      html.empty("meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")])
      // Whatever a value holds, a browser loads nothing and runs nothing.
      html.empty(
        "meta",
        [
          ("http-equiv", "Content-Security-Policy"),
          ("content", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"),
        ])
      html.element("title", "\(document.subtitle) – \(document.title)")
      html.open("style")
      html.literal(PageStyle.text)
      if document.isWide { html.literal(PageStyle.wide) }
      html.close("style")
    }
    html.line()
  }

  private func writeTop(to html: inout HTMLWriter) {
    html.element("header") { html in
      if let issuer = document.issuer { html.element("p", [("class", "issuer")], issuer) }
      html.element("h1", document.subtitle)
      html.element("p", [("class", "campaign")], document.title)
      html.element("dl", [("class", "facts")]) { html in
        for fact in document.facts {
          html.element("div") { html in
            html.element("dt", fact.label)
            html.element("dd", fact.value)
          }
        }
      }
    }
    html.line()
    guard !document.highlights.isEmpty else { return }
    html.element("dl", [("class", "highlights")]) { html in
      for highlight in document.highlights {
        html.element("div") { html in
          html.element("dt", highlight.label)
          html.element("dd", highlight.value)
        }
      }
    }
    html.line()
  }

  private func write(_ part: ReportDocument.Part, to html: inout HTMLWriter) {
    switch part {
    case .table(let table): write(table, to: &html)
    case .bars(let bars):
      html.element("figure") { html in
        html.element("h2", bars.title)
        BarChart(bars: bars).write(to: &html)
      }
    case .line(let line):
      html.element("figure") { html in
        html.element("h2", line.title)
        LineChart(line: line).write(to: &html)
      }
    case .article(let article): write(article, to: &html)
    case .note(let text): html.element("p", [("class", "note")], text)
    }
    html.line()
  }

  /// A table of so many rows is moved to the next page rather than parted.
  private static let shortRows = 16

  private func write(_ table: ReportTable, to html: inout HTMLWriter) {
    let length = table.rows.count <= HTMLRendering.shortRows ? "short" : "long"
    html.element("section", [("class", length)]) { html in
      if !table.title.isEmpty { html.element("h2", table.title) }
      html.element("table") { html in
        html.element("thead") { html in
          html.element("tr") { html in
            for column in table.columns {
              html.element(
                "th", [("scope", "col"), ("class", column.isNumber ? "number" : "text")], column.heading)
            }
          }
        }
        html.line()
        html.element("tbody") { html in
          for row in table.rows { write(row, table.columns, to: &html) }
        }
      }
      if let note = table.note { html.element("p", [("class", "note")], note) }
    }
  }

  private func write(_ row: ReportTable.Row, _ columns: [ReportTable.Column], to html: inout HTMLWriter) {
    let standing =
      switch row.standing {
      case .plain: "plain"
      case .part: "part"
      case .total: "total"
      }
    html.element("tr", [("class", standing)]) { html in
      for (place, cell) in row.cells.enumerated() {
        let style = columns[place].isNumber ? "number" : "text"
        if place == 0 {
          html.element("th", [("scope", "row"), ("class", style)]) { write(cell, to: &$0) }
        } else {
          html.element("td", [("class", style)]) { write(cell, to: &$0) }
        }
      }
    }
    html.line()
  }

  private func write(_ cell: ReportTable.Cell, to html: inout HTMLWriter) {
    // A day or a time stays on one line: a browser would part it at its hyphens.
    if cell.text.utf8.count > 8, cell.text.utf8.contains(UInt8(ascii: "-")),
      cell.text.utf8.allSatisfy({ "0123456789-: ".utf8.contains($0) })
    {
      html.element("span", [("class", "whole")], cell.text)
    } else {
      write(withTimes: cell.text, to: &html)
    }
    if cell.isDisputed { html.element("strong", [("class", "disputed")], ReportTable.Cell.mark) }
  }

  /// Times within a text stay on one line each.
  private func write(withTimes text: String, to html: inout HTMLWriter) {
    guard text.utf8.contains(UInt8(ascii: "Z")), text.utf8.contains(UInt8(ascii: ":")) else {
      return html.write(text)
    }
    var rest = text[...]
    for time in text.ranges(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/) {
      html.write(String(rest[..<time.lowerBound]))
      html.element("span", [("class", "whole")], String(text[time]))
      rest = text[time.upperBound...]
    }
    html.write(String(rest))
  }

  /// A text of about a third of a page stays in one piece; a longer one may go over.
  private static let shortText = 600

  private func write(_ article: ReportDocument.Article, to html: inout HTMLWriter) {
    let length = article.body.text.count <= HTMLRendering.shortText ? "short" : "long"
    html.element("article", [("class", length)]) { html in
      html.element("h2", article.title)
      html.element("dl", [("class", "facts")]) { html in
        for fact in article.facts {
          html.element("div") { html in
            html.element("dt", fact.label)
            html.element("dd") { write(fact.value, to: &$0) }
          }
        }
      }
      html.element("div", [("class", "body")]) { write(article.body, to: &$0) }
    }
  }
}

import Campaign
import Foundation
import Testing

@testable import Reports

/// What a page says, whatever the values hold.
@Suite struct PageTests {
  private func document(_ text: String, isDisputed: Bool = false) -> ReportDocument {
    var document = ReportDocument(
      language: "zh-CN", title: text, subtitle: text, legend: "legend-of-disputes")
    document.issuer = text
    document.facts = [(text, text)]
    document.highlights = [.init(text, text)]
    var table = ReportTable(text, [.init(text), .init(text, isNumber: true)], note: text)
    table.add([.init(text, isDisputed: isDisputed), .init("1")])
    table.add([.init(text), .init("1")], .total)
    document.parts = [
      .table(table), .bars(.init(text, [(text, 3), (text, 0)])),
      .line(
        .init(
          text, from: CivilDate(days: 20_332), to: CivilDate(days: 20_340), [(CivilDate(days: 20_333), 5)])),
      .article(.init(text, facts: [(text, .init(text))], body: .init(text))), .note(text),
    ]
    return document
  }

  @Test func noValueBecomesMarkup() {
    let hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;</style></svg>\u{202e}\u{7}"
    let page = HTMLRendering(document(hostile)).text
    #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("onerror=alert(2)>"))
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;"))
    #expect(page.contains("&amp;amp;"))
    #expect(!page.unicodeScalars.contains("\u{202e}") && !page.unicodeScalars.contains("\u{7}"))
    // Style and charts end where the program ends them.
    #expect(page.components(separatedBy: "</style>").count == 2)
    #expect(page.components(separatedBy: "</svg>").count == 3)
  }

  @Test func aPageNeedsNothingBesideIt() {
    let page = HTMLRendering(document("质量")).text
    #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"zh-CN\">"))
    #expect(page.contains("default-src 'none'".replacing("'", with: "&#39;")))
    for loading in ["src=", "href=", "url(", "@import", "<link"] {
      #expect(!page.contains(loading), "\(loading)")
    }
    // The name of the SVG dialect is no address that is asked for.
    #expect(
      !page.replacing("xmlns=\"http://www.w3.org/2000/svg\"", with: "").replacing("http-equiv", with: "")
        .contains("http"))
  }

  /// A printed page must not end between a case's heading and its text.
  @Test func aShortArticleStaysInOnePiece() {
    var document = document("案例")
    for (length, style) in [(600, "short"), (601, "long")] {
      document.parts = [.article(.init("案例", facts: [], body: .init(String(repeating: "字", count: length))))]
      #expect(HTMLRendering(document).text.contains("<article class=\"\(style)\">"))
    }
    #expect(PageStyle.text.description.contains(".short { break-inside: avoid; }"))
    #expect(PageStyle.text.description.contains("article .facts { break-after: avoid; }"))
  }

  @Test func disputesAreMarkedAndOnlyThenExplained() {
    let marked = HTMLRendering(document("值", isDisputed: true)).text
    #expect(marked.contains("值<strong class=\"disputed\">※</strong>"))
    #expect(marked.contains("legend-of-disputes"))
    let plain = HTMLRendering(document("值")).text
    #expect(!plain.contains("※") && !plain.contains("legend-of-disputes"))
  }

  @Test func theScaleEndsAboveTheHighestAmountInFourWholeSteps() {
    for amount in [1, 2, 3, 4, 5, 9, 10, 11, 41, 99, 100, 101, 799, 1001, 123_456] {
      let top = LineChart.ceiling(amount)
      #expect(top >= amount && top % 4 == 0 && top <= max(4, amount * 4), "\(amount): \(top)")
    }
  }

  @Test func barsAreAsLongAsTheirAmounts() {
    var html = HTMLWriter()
    BarChart(bars: .init("t", [("a", 200), ("b", 50), ("c", 0)])).write(to: &html)
    let widths = html.text.components(separatedBy: "<rect ").dropFirst().compactMap { part in
      part.components(separatedBy: " width=\"").dropFirst().first?.split(separator: "\"").first.flatMap {
        Int($0)
      }
    }
    #expect(widths == [500, 125, 0])
  }

  @Test func personalNumbersAreHiddenAndOthersStay() {
    #expect(PersonalNumbers.hidden("电话13800138000。") == "电话138********。")
    #expect(PersonalNumbers.hidden("身份证540102199003071234") == "身份证540***************")
    #expect(PersonalNumbers.hidden("54010219900307123X，") == "540***************，")
    for (text, hidden) in [
      ("+8613800138000", "+86138********"), ("+86 138-0013-8000", "+86 138-****-****"),
      ("138 0013 8000", "138 **** ****"), ("１３８００１３８０００", "１３８********"), ("༡༣༨༠༠༡༣༨༠༠༠", "༡༣༨********"),
      ("013800138000", "0138********"), ("540102 19900307 123x。", "540*** ******** ****。"),
      ("2025-09-20 13800138000", "2025-09-20 138********"),
      ("13800138000、13900139000", "138********、139********"),
    ] {
      #expect(PersonalNumbers.hidden(text) == hidden)
    }
    for other in [
      "13-2025-00012", "2025-09-20 08:30", "〔2025〕13号 2025-09-10", "91540000MA6T1234XX", "1,380,013.80元",
      "条码6901234567892", "藏市监罚〔2025〕540100-12号", "批号20250901123456789", "12345678901",
    ] {
      #expect(PersonalNumbers.hidden(other) == other)
    }
  }
}

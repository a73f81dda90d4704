internal import Campaign
internal import Foundation
internal import Ledger
public import Store

/// What a person types to find records: words that must all occur, `"…"` a phrase; any text is a search.
public struct SearchText: Sendable {
  private let needles: [String]

  public init(_ text: String) {
    var found: [String] = []
    for (index, part) in text.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
      if index % 2 == 1 {
        found.append(SearchText.folded(String(part)))
      } else {
        found += part.split(whereSeparator: \.isWhitespace).map { SearchText.folded(String($0)) }
      }
    }
    needles = found.filter { !$0.isEmpty }
  }

  /// Case and width do not matter.
  static func folded(_ text: String) -> String {
    text.folding(options: [.caseInsensitive, .widthInsensitive], locale: nil)
  }

  public func matches(_ view: RecordView) -> Bool {
    guard let kind = view.kind, let content = view.content, !needles.isEmpty else { return false }
    var texts: [String] = []
    for (_, value) in content.present(in: kind) {
      switch value {
      case .single(.text(let text)), .single(.code(let text)): texts.append(SearchText.folded(text))
      case .set(let elements):
        for case .text(let text) in elements { texts.append(SearchText.folded(text)) }
      default: continue
      }
    }
    return needles.allSatisfy { needle in texts.contains { $0.contains(needle) } }
  }
}

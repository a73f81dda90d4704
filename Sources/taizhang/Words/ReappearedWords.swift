import Campaign
import Ledger
import Store

/// That a redacted field holds something again, and what to do.
struct ReappearedWords {
  let words: Words
  /// With more than these on a terminal nobody reads them.
  private static let most = 10

  /// Codes of the fields, by record.
  static func json(_ found: [Reappearance]) -> JSON {
    .array(
      found.flatMap { one in
        one.fields.map { field in
          .object([("record", .string(one.view.id.description)), ("field", .string(field))])
        }
      })
  }

  /// What the column of an account is called, and the mark on a record.
  var title: String { words("已抹除的字段又有内容", "Redacted fields that hold something again") }

  func texts(_ found: [Reappearance]) -> [String] {
    guard !found.isEmpty else { return [] }
    var texts = found.prefix(ReappearedWords.most).map { one in
      let fields = one.fields.map { code in
        let label = one.view.kind?.label(ofCode: code)?.text(in: words.labels) ?? code
        return words("“\(label)”（\(code)）", "\"\(label)\" (\(code))")
      }
      let list = fields.joined(separator: words("、", ", "))
      return words(
        "已抹除的字段又有内容：记录 \(one.view.id) 的\(list)。",
        "A redacted field holds something again: \(list) of record \(one.view.id).")
    }
    if found.count > ReappearedWords.most {
      texts.append(words("这样的记录共 \(found.count) 条。", "There are \(found.count) such records."))
    }
    texts.append(advice)
    return texts
  }

  private var advice: String {
    words(
      "请用 taizhang show 和 history 复核，填写者当时不知已抹除：不应保留的，再次运行 taizhang redact；可以保留的，用 taizhang conflicts resolve 裁定（多值字段、迁来的记录用 edit --set 重新填写）。",
      "Look at it with `taizhang show` and `history`; who wrote it did not know: run `taizhang redact` again where it has to go, else settle it with `taizhang conflicts resolve` (a set, or a record that was moved: `edit --set`)."
    )
  }
}

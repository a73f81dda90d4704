import Ledger
import Store

/// An attachment in JSON and on a terminal.
struct AttachmentOutput {
  private let printer: Printer
  private var words: Words { printer.words }

  init(_ common: CommonOptions) { printer = Printer(options: common) }

  /// - Parameters:
  ///   - holders: offices that may have it, where that is told.
  ///   - known: those that were seen to have it; nil where that is not told.
  ///   - deed: what was done with it, for people; nil where it is told how it stands.
  func print(
    _ view: AttachmentView, holders: [String] = [], known: [String]? = nil, saying deed: String? = nil
  ) {
    let attachment = view.attachment
    guard !printer.options.json else {
      return printer.json(
        .object([
          ("name", .string(attachment.name)), ("sha256", .string(attachment.content.description)),
          ("bytes", .count(attachment.byteCount)), ("here", .bool(view.isHere && view.erasure == nil)),
          ("erased", .bool(view.erasure != nil)), ("held_by", .strings(holders)),
          ("seen_at", .strings(known ?? [])), ("removed", .bool(view.isRemoved)),
        ]))
    }
    if let deed { return printer.data(SafeText.line(deed)) }
    printer.data(SafeText.line(cells(view, holders, known).joined(separator: "  ")))
  }

  /// What a record has, below each other.
  func print(_ list: [(view: AttachmentView, holders: [String], known: [String])]) {
    guard !printer.options.json else {
      for one in list { print(one.view, holders: one.holders, known: one.known) }
      return
    }
    let names = Dictionary(grouping: list, by: \.view.attachment.name)
    let rows = list.map { one in
      var row = cells(one.view, one.holders, one.known)
      // What `attachment get` tells them apart by.
      if names[row[0], default: []].count > 1 {
        row[0] += "  " + one.view.attachment.content.description.prefix(12)
      }
      return row.map(SafeText.line)
    }
    // A name that is longer than others may be pads none of them.
    let widths = [(0, AttachmentOutput.alignedName), (1, Int.max)].map { column, most in
      rows.map { DisplayWidth.of($0[column]) }.filter { $0 <= most }.max() ?? 0
    }
    for row in rows {
      let name = DisplayWidth.padded(row[0], to: widths[0])
      printer.data("\(name)  \(DisplayWidth.filled(row[1], to: widths[1]))  \(row[2])")
    }
  }

  /// Up to how many columns of a terminal names are lined up.
  private static let alignedName = 48

  /// Name, size, and where it is.
  private func cells(_ view: AttachmentView, _ holders: [String], _ known: [String]?) -> [String] {
    var place = AttachmentOutput.state(view, words)
    if view.isRemoved { place += words("，已取下", ", taken off") }
    if let known { place += AttachmentOutput.whereabouts(view, holders, known, words) }
    return [view.attachment.name, AttachmentOutput.size(view.attachment.byteCount), place]
  }

  /// Where it is besides: what was seen comes before what may be.
  static func whereabouts(
    _ view: AttachmentView, _ holders: [String], _ known: [String], _ words: Words
  ) -> String {
    guard view.erasure == nil else { return "" }
    if view.isHere {
      let list = known.joined(separator: words("、", ", "))
      return known.isEmpty
        ? words("（就所知只此一份）", " (nowhere else as far as known)")
        : words("（另存于：\(list)）", " (also at: \(list))")
    }
    let parts = places(holders, known, words)
    return parts.isEmpty ? "" : words("（", " (") + parts.joined(separator: words("；", "; ")) + words("）", ")")
  }

  /// Where one that is missing was seen, and where it may be.
  static func places(_ holders: [String], _ known: [String], _ words: Words) -> [String] {
    func list(_ names: [String]) -> String { names.joined(separator: words("、", ", ")) }
    let others = holders.filter { !known.contains($0) }
    return (known.isEmpty ? [] : [words("存于：", "at: ") + list(known)])
      + (others.isEmpty ? [] : [words("或在：", "maybe at: ") + list(others)])
  }

  static func state(_ view: AttachmentView, _ words: Words) -> String {
    if let reason = view.erasure { return words("已抹除，理由：\(reason)", "erased, reason: \(reason)") }
    return view.isHere ? words("在本机", "here") : words("缺", "missing")
  }

  static func size(_ bytes: Int) -> String {
    switch bytes {
    case ..<1024: "\(bytes) B"
    case ..<(1 << 20): "\((bytes + 512) >> 10) KiB"
    default: "\((bytes * 10 + (1 << 19)) >> 20)".decimalPoint + " MiB"
    }
  }
}

extension String {
  /// Tenths as a number with one decimal.
  fileprivate var decimalPoint: String { "\(dropLast().isEmpty ? "0" : dropLast()).\(suffix(1))" }
}

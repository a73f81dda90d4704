import Ledger
import Store

/// An attachment in JSON and on a terminal.
struct AttachmentOutput {
  private let printer: Printer
  private var words: Words { printer.words }

  init(_ common: CommonOptions) { printer = Printer(options: common) }

  /// - Parameters:
  ///   - holders: offices that may have it, where that is told.
  ///   - deed: what was done with it, for people; nil where it is told how it stands.
  func print(_ view: AttachmentView, holders: [String] = [], saying deed: String? = nil) {
    let attachment = view.attachment
    guard !printer.options.json else {
      return printer.json(
        .object([
          ("name", .string(attachment.name)), ("sha256", .string(attachment.content.description)),
          ("bytes", .count(attachment.byteCount)), ("here", .bool(view.isHere && view.erasure == nil)),
          ("erased", .bool(view.erasure != nil)), ("held_by", .strings(holders)),
        ]))
    }
    if let deed { return printer.data(SafeText.line(deed)) }
    var line = "\(attachment.name)  \(AttachmentOutput.size(attachment.byteCount))  \(state(view))"
    if !view.isHere, view.erasure == nil, !holders.isEmpty {
      line += words("（或在：", " (maybe at: ") + holders.joined(separator: words("、", ", ")) + words("）", ")")
    }
    printer.data(SafeText.line(line))
  }

  private func state(_ view: AttachmentView) -> String { AttachmentOutput.state(view, words) }

  static func state(_ view: AttachmentView, _ words: Words) -> String {
    if let reason = view.erasure { return words("已抹除：\(reason)", "erased: \(reason)") }
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

import ArgumentParser
import Campaign
import Ledger
import Node
import Store

struct Duplicates: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "duplicates",
    abstract: .words(
      "同一活动重复录入：列出疑似重复的，加以认定。",
      "The same activity entered twice: suspected pairs, and what you say of them."),
    discussion: .examples("taizhang duplicates --json"),
    subcommands: [ListDuplicates.self, Link.self, Unlink.self, Dismiss.self],
    defaultSubcommand: ListDuplicates.self)

  struct ListDuplicates: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: .words(
        "列出疑似重复的记录，最相似的在前。",
        "Suspected pairs, the likeliest first."),
      discussion: .examples("taizhang duplicates list"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions

    func run() throws {
      let printer = Printer(options: common)
      var hasAny = false
      try common.openStore().read { snapshot in
        let output = DuplicateOutput(pack: try snapshot.pack(), words: printer.words)
        for pair in try snapshot.suspectedDuplicates() {
          let views = (try snapshot.records(pair.a).first, try snapshot.records(pair.b).first)
          guard let a = views.0, let b = views.1 else { continue }
          output.print(a, b, pair.resemblance, printer)
          hasAny = true
        }
      }
      guard !common.json else { return }
      printer.note(
        hasAny
          ? DuplicateOutput.advice("A", "B", printer.words)
          : printer.words("没有疑似重复的记录。", "No duplicate is suspected."))
    }
  }

  struct Link: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "link",
      abstract: .words(
        "认定两条记录是同一活动：两条都保留，只计一条。",
        "Two records are one activity: both stay, and one of them counts."),
      discussion: .examples("taizhang duplicates link 0198f3 0198f7"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @OptionGroup var pair: PairArguments

    func run() throws { try pair.decide(.link, common) }
  }

  struct Unlink: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "unlink",
      abstract: .words(
        "撤销同一活动的认定。",
        "Take a link back."),
      discussion: .examples("taizhang duplicates unlink 0198f3 0198f7"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @OptionGroup var pair: PairArguments

    func run() throws { try pair.decide(.unlink, common) }
  }

  struct Dismiss: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "dismiss",
      abstract: .words(
        "认定两条记录不是同一活动：不再列为疑似重复。",
        "Two records are two activities: they are suspected no more."),
      discussion: .examples("taizhang duplicates dismiss 0198f3 0198f7"))
    @OptionGroup(title: CommonOptions.title) var common: CommonOptions
    @OptionGroup var pair: PairArguments

    func run() throws { try pair.decide(.dismiss, common) }
  }
}

/// The two records that a person speaks of.
struct PairArguments: ParsableArguments {
  @Argument(help: .words("一条记录的编号，或其前几位（至少 4 位）。", "One record's id, or 4 or more of its first digits.", .id))
  var a: String
  @Argument(help: .words("另一条记录的编号，或其前几位。", "The other's, likewise.", .other)) var b: String

  func decide(_ decision: LocalNode.PairDecision, _ common: CommonOptions) throws {
    let node = try common.open()
    let paired = try node.pair(a, b, decision, operatorName: common.operatorText)
    let printer = Printer(options: common)
    let output = DuplicateOutput(pack: try node.store.read { try $0.pack() }, words: printer.words)
    guard !common.json else { return output.print(paired.a, paired.b, paired.resemblance, printer) }
    printer.data(deed(decision, paired.a, paired.b, printer.words))
    output.printRecords(paired.a, paired.b, printer)
  }
}

extension PairArguments {
  private func deed(_ decision: LocalNode.PairDecision, _ a: RecordView, _ b: RecordView, _ w: Words)
    -> String
  {
    switch decision {
    case .link:
      w(
        "已认定为同一活动，只计一条；撤销：taizhang duplicates unlink \(a.id) \(b.id)",
        "linked as one activity, one of them counts; `taizhang duplicates unlink \(a.id) \(b.id)` takes it back"
      )
    case .unlink: w("已撤销同一活动的认定，两条各计", "the link is taken back: both count")
    case .dismiss: w("已认定为两项活动，不再列为疑似重复", "dismissed: they are two activities and suspected no more")
    }
  }
}

/// A pair of records, and what makes it suspicious.
struct DuplicateOutput {
  let pack: Pack
  let words: Words

  func print(_ a: RecordView, _ b: RecordView, _ resemblance: Resemblance?, _ printer: Printer) {
    if printer.options.json { return printer.json(json(a, b, resemblance)) }
    let reasons = reasons(resemblance, a.kind)
    let hundredths = hundredths(resemblance)
    let why = reasons.map { $0.label.text(in: words.labels) ?? $0.code }
    printer.data("\(hundredths)%  " + why.joined(separator: words("、", ", ")))
    printRecords(a, b, printer)
  }

  func printRecords(_ a: RecordView, _ b: RecordView, _ printer: Printer) {
    for view in [a, b] { printer.data(SafeText.line("  \(view.id)  \(heading(view))")) }
  }

  /// What is to be done about a pair.
  static func advice(_ a: String, _ b: String, _ w: Words) -> String {
    w(
      "是同一活动：taizhang duplicates link \(a) \(b)；不是：taizhang duplicates dismiss \(a) \(b)",
      "One activity: `taizhang duplicates link \(a) \(b)`; two: `taizhang duplicates dismiss \(a) \(b)`.")
  }

  func json(_ a: RecordView, _ b: RecordView, _ resemblance: Resemblance?) -> JSON {
    .object([
      ("a", .string(a.id.description)), ("b", .string(b.id.description)),
      ("score", .hundredths(hundredths(resemblance))),
      ("why", .strings(reasons(resemblance, a.kind).map(\.code))),
    ])
  }

  private func hundredths(_ resemblance: Resemblance?) -> Int {
    Int(((resemblance?.score ?? 0) * 100).rounded())
  }

  /// The fields that a score rests on.
  func reasons(_ resemblance: Resemblance?, _ kind: Kind?) -> [Field] {
    guard let resemblance, let kind else { return [] }
    let fields = LikenessFields(kind, pack)
    return resemblance.evidence.compactMap { fields.position(of: $0) }.map { kind.fields[$0] }
  }

  private func heading(_ view: RecordView) -> String {
    guard let kind = view.kind, let content = view.content, let heading = kind.heading else { return "" }
    let display = DisplayForm(pack: pack, language: words.labels)
    let division = pack.divisions[view.space.division]?.name ?? view.space.division.description
    return division + "  " + display.text(content[field: heading], of: kind.fields[heading])
  }

  /// Says how many pairs are suspected, and where to see them.
  static func note(_ count: Int, _ printer: Printer) {
    guard count > 0 else { return }
    printer.note(
      printer.words(
        "疑似重复 \(count) 对：用 taizhang duplicates 查看。",
        "\(Words.counted(count, "suspected duplicate")): `taizhang duplicates` lists them."))
  }
}

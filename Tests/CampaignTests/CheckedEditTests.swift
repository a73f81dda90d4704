import Ledger
import TestSupport
import Testing

@testable import Campaign

/// From what a person typed to what a change carries.
@Suite struct CheckedEditTests {
  private func cell(_ code: String, _ kind: String) -> UInt32 { Packs.kind(kind).cell(named: code)! }

  /// A person settles a conflict of two counts by the one that is shown.
  @Test func whatIsShownSettlesAConflictOfAnySort() throws {
    for (field, text, edit) in [
      ("participants", "20", CellEdit.tallyBase(cell: cell("participants", "training"), value: .integer(20))),
      ("title", "x", .register(cell: 1, value: .text("x"))),
      ("plan_items", "4.1", .setExactly(cell: 4, elements: [.code("4.1")])),
    ] {
      let others = commonly.filter { $0.field != field } + [.set("topic", to: "other")]
      let shown = try check("training", others + [.set(field, to: text)]).get().content
      let wish = [EditDraft.Operation.set(field, to: text)]
      #expect(try check("training", wish, current: shown, mode: .settling).get().edits == [edit])
      #expect(try check("training", wish, current: shown, mode: .edit).get().edits == [])
    }
  }

  /// A list says itself what its elements are: one that would be read as two is refused, not parted.
  @Test func anElementOfAListIsNotParted() throws {
    let wish = commonly + [.set("topic", to: "other")]
    let whole = try check(
      "training", wish + [.setElements("co_organisers", to: ["质检科", "计量科"])]
    ).get()
    #expect(
      whole.edits.contains(
        .setExactly(cell: cell("co_organisers", "training"), elements: [.text("计量科"), .text("质检科")])))
    for parted in ["质检、计量科", "a,b", "a;b", "a；b", "a，b"] {
      #expect(
        faults(check("training", wish + [.setElements("co_organisers", to: ["x", parted])]))
          == ["parted-element co_organisers"])
    }
  }

  @Test func aNewRecord() throws {
    let edit = try check("training", commonly + [.set("培训主题", to: "计量"), .set("trainees", to: "１２０")]).get()
    #expect(edit.kind == "training")
    #expect(
      edit.edits == [
        .register(cell: 1, value: .text("电梯安全宣传周进社区")), .register(cell: 2, value: day("2025-09-03")),
        .setExactly(cell: 4, elements: [.code("4.1")]), .register(cell: 5, value: .text("拉萨市市场监管局")),
        .register(cell: 20, value: .code("metrology")), .tallyBase(cell: 21, value: .integer(120)),
      ])
    #expect(edit.marks.isEmpty && edit.warnings.isEmpty)
  }

  @Test func everythingRequiredIsAskedForAtOnce() {
    #expect(
      faults(check("enforcement", [.set("title", to: " ")])) == [
        "required title", "required date", "required plan_items", "required organiser", "required operation",
        "required case_number", "required violation",
      ])
    #expect(
      faults(check("training", commonly + [.set("topic", to: "nonsense"), .set("hours", to: "x")])) == [
        "unknown-code topic", "not-a-number hours",
      ])
  }

  @Test func defaultsAreUnderstoodAndNeverWritten() throws {
    let edit = try check("open_day", commonly + [.set("institution", to: "检验检测研究院")]).get()
    let kind = Packs.kind("open_day")
    let voluntary = try #require(kind.fieldIndex("voluntary"))
    #expect(edit.content[field: voluntary] == nil)
    #expect(edit.content.effective(field: voluntary, in: kind) == .single(.flag(true)))
    #expect(!edit.edits.contains { $0.cell == kind.fields[voluntary].number })
  }

  @Test func marks() throws {
    let wishes =
      commonly + [
        .set("institution", to: "检验检测研究院"), .set("fee_charged", to: "￥0.01"), .set("voluntary", to: "否"),
      ]
    #expect(try check("open_day", wishes).get().marks == ["fee_charged", "not_voluntary"])
    #expect(
      try check("open_day", commonly + [.set("institution", to: "x"), .set("fee_charged", to: "0")]).get()
        .marks == [])
  }

  @Test func rulesAtEntry() throws {
    func inspect(_ more: [EditDraft.Operation]) -> Result<CheckedEdit, RejectedEdit> {
      check("inspection", commonly + [.set("object", to: "food")] + more)
    }
    #expect(faults(inspect([.set("checked", to: "3"), .set("failed", to: "4")])) == ["not-greater failed"])
    #expect(faults(inspect([.set("checked", to: "3"), .set("failed", to: "3")])) == [])
    #expect(faults(inspect([.set("checked", to: "-1")])) == ["below-minimum checked"])
    #expect(faults(inspect([.set("end_date", to: "2025-09-02")])) == ["not-before end_date"])
    #expect(faults(inspect([.set("participants", to: "-1")])) == ["below-minimum participants"])
    var early = commonly
    early[1] = .set("date", to: "2025-07-01")
    let edit = try check("inspection", early + [.set("object", to: "food")]).get()
    #expect(edit.warnings.map(\.code) == [.outsidePeriod])
    early[1] = .set("date", to: "2025-07-18")
    #expect(try check("inspection", early + [.set("object", to: "food")]).get().warnings.isEmpty)
  }

  @Test func groupsAreSetByTheirMembers() throws {
    let wishes =
      commonly + [
        .set("operation", to: "铁拳"), .set("case_number", to: "藏市监罚〔2025〕1号"), .set("violation", to: "虚假标注"),
        .set("penalty", to: "没收；罚款"), .set("fine", to: "1.2万元"), .set("decision_date", to: "2025-09-10"),
      ]
    let made = try check("enforcement", wishes).get()
    #expect(
      made.edits.last
        == .group(
          cell: 25,
          members: [
            GroupMember(field: 26, value: day("2025-09-10")),
            GroupMember(field: 27, value: .code("confiscation,fine")),
            GroupMember(field: 28, value: .decimal("12000")),
          ]))
    let kind = Packs.kind("enforcement")
    #expect(made.content["penalty", in: kind] == .set([.code("confiscation"), .code("fine")]))
    let changed = try check(
      "enforcement", [.set("fine", to: "12,000.00元"), .add("penalty", "警告")], current: made.content,
      mode: .edit
    ).get()
    #expect(
      changed.edits == [
        .group(cell: 25, members: [GroupMember(field: 27, value: .code("confiscation,fine,warning"))])
      ])
    var shown = RecordContent(kind: kind)
    let members = [
      GroupMember(field: 27, value: .code("confiscation,fine")), GroupMember(field: 999, value: .flag(true)),
    ]
    shown.show(group: members, cell: 25, of: kind)
    #expect(shown["penalty", in: kind] == made.content["penalty", in: kind])
    #expect(
      faults(check("enforcement", [.set("decision", to: "x")], current: made.content, mode: .edit))
        == ["unknown-field decision"])
  }

  @Test func setsAndTallies() throws {
    let made = try check(
      "publicity",
      commonly + [
        .set("channels", to: "press,wechat"), .set("people_reached", to: "100"),
      ]
    ).get()
    func edit(_ wishes: EditDraft.Operation...) -> Result<CheckedEdit, RejectedEdit> {
      check("publicity", wishes, current: made.content, mode: .edit)
    }
    let channels = cell("channels", "publicity")
    let reached = cell("people_reached", "publicity")
    #expect(
      try edit(.add("channels", "微信、电视"), .remove("channels", "press")).get().edits
        == [.setChange(cell: channels, add: [.code("television")], remove: [.code("press")])])
    #expect(
      try edit(.set("channels", to: "press"), .add("channels", "onsite")).get().edits
        == [.setExactly(cell: channels, elements: [.code("onsite"), .code("press")])])
    #expect(try edit(.set("channels", to: "微信;报刊"), .set("people_reached", to: "100")).get().edits == [])
    #expect(
      try edit(.increment("people_reached", by: "20"), .increment("people_reached", by: "5")).get().edits
        == [.tallyIncrement(cell: reached, by: 25)])
    #expect(
      try edit(.increment("people_reached", by: "-100")).get().edits == [
        .tallyIncrement(cell: reached, by: -100)
      ])
    #expect(try edit(.increment("people_reached", by: "0")).get().edits == [])
    #expect(try edit(.unset("people_reached")).get().edits == [.tallyBase(cell: reached, value: .null)])
    #expect(
      try edit(.set("people_reached", to: "7"), .increment("people_reached", by: "1")).get().edits
        == [.tallyBase(cell: reached, value: .integer(8))])
    #expect(faults(edit(.increment("people_reached", by: "-101"))) == ["below-minimum people_reached"])
    #expect(faults(edit(.increment("title", by: "1"))) == ["not-a-tally title"])
    #expect(faults(edit(.add("title", "1"))) == ["not-a-set title"])
    #expect(
      faults(edit(.increment("people_reached", by: "9223372036854775807"))) == ["too-large people_reached"])
    #expect(faults(edit(.remove("channels", "press,wechat"))) == ["required channels"])
    #expect(faults(edit(.set("attachments", to: "x"))) == ["not-settable attachments"])
  }

  @Test func anEdit() throws {
    let made = try check("training", commonly + [.set("topic", to: "计量")]).get()
    func edit(_ mode: EditDraft.Mode, _ wishes: EditDraft.Operation...) -> Result<CheckedEdit, RejectedEdit> {
      check("training", wishes, current: made.content, mode: mode)
    }
    #expect(try edit(.edit, .set("title", to: " 电梯安全宣传周进社区 ")).get().edits == [])
    #expect(try edit(.settling, .set("title", to: "电梯安全宣传周进社区")).get().edits.count == 1)
    #expect(try edit(.edit, .set("place", to: "")).get().edits == [])
    #expect(faults(edit(.edit, .unset("title"))) == ["required title"])
    #expect(faults(edit(.edit, .set("title", to: "a"), .set("标题", to: "b"))) == ["given-twice title"])
    #expect(try edit(.edit, .set("title", to: "a"), .set("标题", to: "a ")).get().edits.count == 1)
    let unknown = edit(.edit, .set("tittle", to: "a")).failure
    #expect(unknown?.findings == [Finding(.unknownField, field: "tittle", facts: [.nearest("title")])])
  }

  @Test func whatAMergeLeftBrokenElsewhereDoesNotStopAnEdit() throws {
    let kind = Packs.kind("inspection")
    var content = try check("inspection", commonly + [.set("object", to: "food")]).get().content
    content.show(
      group: [GroupMember(field: 25, value: .integer(1)), GroupMember(field: 26, value: .integer(2))],
      cell: 24,
      of: kind)
    #expect(RuleCheck.broken(content, kind, Packs.quality).map(\.finding.code) == [.notGreater])
    #expect(RuleCheck.brokenCells(content, kind, Packs.quality) == [24])
    #expect(faults(check("inspection", [.set("place", to: "x")], current: content, mode: .edit)) == [])
    #expect(
      faults(check("inspection", [.set("checked", to: "0")], current: content, mode: .edit))
        == ["not-greater failed"])
    #expect(faults(check("inspection", [.set("checked", to: "2")], current: content, mode: .edit)) == [])
  }

  @Test func uniqueKeys() throws {
    let wishes = commonly + [.set("operation", to: "铁拳"), .set("violation", to: "x")]
    let kind = Packs.kind("enforcement")
    let one = try check("enforcement", wishes + [.set("case_number", to: "1号")]).get().content
    let other = try check("enforcement", wishes + [.set("case_number", to: " 1号"), .set("place", to: "p")])
      .get().content
    #expect(RuleCheck.uniqueKeys(one, kind) == RuleCheck.uniqueKeys(other, kind))
    #expect(RuleCheck.uniqueKeys(RecordContent(kind: kind), kind).isEmpty)
    let summary = Packs.kind("summary")
    let keys = RuleCheck.uniqueKeys(RecordContent(kind: summary), summary)
    #expect(keys.count == 1 && keys[0].isPerOffice && keys[0].key.isEmpty)
  }

  @Test func anotherCampaignAltogether() throws {
    let pack = Packs.restaurants
    let made = try check(
      "visit",
      [
        .set("Restaurant", to: "The Quay"), .set("visited on", to: "2026-03-04"),
        .set("grade", to: "grade a"),
        .set("pests", to: "rats; flies"), .set("fridge", to: "-2.50"), .set("tested", to: "10"),
        .set("dirty", to: "1"),
        .set("programme", to: "Kitchens"),
      ], in: pack
    ).get()
    #expect(made.marks == ["cold", "rats"])
    let display = DisplayForm(pack: pack, language: .english)
    let kind = Packs.kind("visit", in: pack)
    #expect(
      made.content.present(in: kind).map { "\($0.field.code)=\(display.text($0.value, of: $0.field))" } == [
        "name=The Quay", "visited=2026-03-04", "items=Kitchens", "grade=Excellent", "pests=Flies;Rats",
        "temperature=-2.5", "tested=10", "dirty=1",
      ])
    #expect(
      faults(check("visit", [.set("tested", to: "1"), .set("dirty", to: "2")], in: pack)).contains(
        "not-greater dirty"))
    #expect(
      faults(
        check(
          "visit",
          [
            .set("name", to: "x"), .set("visited", to: "2026-01-01"), .set("grade", to: "a"),
            .set("temperature", to: "-41"),
          ], in: pack)) == ["below-minimum temperature"])
  }

  /// Whatever is shown can be typed in again, in every language, and changes nothing.
  @Test func displayAndNormalFormArePairs() throws {
    let seed: UInt64 = 2025
    var rng = SeededRandom(seed: seed)
    let pack = Packs.quality
    for _ in 0..<300 {
      let kind = pack.kinds.randomElement(using: &rng)!
      var content = RecordContent(kind: kind)
      for i in kind.fields.indices where kind.fields[i].type != .attachment {
        content[field: i] = Random.value(of: kind.fields[i], pack, &rng)
      }
      for language in [LabelLanguage.chinese, .english, .code] {
        let display = DisplayForm(pack: pack, language: language)
        let wishes = kind.fields.indices.filter { kind.fields[$0].type != .attachment }.map {
          EditDraft.Operation.set(
            kind.fields[$0].code, to: display.text(content[field: $0], of: kind.fields[$0]))
        }
        let draft = EditDraft(kind: kind, operations: wishes, current: content, mode: .edit)
        var work = EditWork(kind: kind, current: content, mode: .edit, pack: pack)
        work.apply(draft.operations)
        #expect(work.findings.isEmpty, "seed \(seed): \(work.findings)")
        #expect(work.content == content, "seed \(seed), \(language)")
      }
    }
  }
}

enum Random {
  static func value(of field: Field, _ pack: Pack, _ rng: inout SeededRandom) -> FieldValue? {
    if field.form == .tally { return .tally(Int64.random(in: 0...99999, using: &rng)) }
    if field.form == .set {
      let count = Int.random(in: 1...3, using: &rng)
      return .set(SetForm.ordered((0..<count).map { _ in single(field, pack, &rng) }))
    }
    return Bool.random(using: &rng) ? .single(single(field, pack, &rng)) : nil
  }

  private static func single(_ field: Field, _ pack: Pack, _ rng: inout SeededRandom) -> Value {
    switch field.type {
    case .text, .attachment: .text(["甲", "བཀྲ", "a \"b\"\nc", "第1场（2）"].randomElement(using: &rng)!)
    case .date: .date(Int32.random(in: 18_000...22_000, using: &rng))
    case .integer: .integer(Int64.random(in: 0...1_000_000, using: &rng))
    case .decimal, .money:
      .decimal(ScaledNumber(mantissa: .random(in: 0...999_999, using: &rng), scale: 2).text)
    case .flag: .flag(Bool.random(using: &rng))
    case .creditCode: .code("91350100M000100Y43")
    case .record: .record(RecordID(milliseconds: 1, random: (rng.next(), rng.next())))
    case .code(let list): .code(pack.lists[list].entries.randomElement(using: &rng)!.code)
    }
  }
}

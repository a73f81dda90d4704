import Ledger
import Testing

@testable import Campaign

/// The kinds of the pack that comes with the program, spelled out: codes, types, which fields are required, how
/// they merge, what is grouped, what the lists hold. A slip of the pen in the pack shows here.
@Suite struct KindTableTests {
  /// `code:type`, `*` required, `!` merge rule person, `^` authority; a group as `name[fields]`.
  private static let common = """
    title*:text date*:date end_date:date plan_items*:set(plan_items) organiser*:text co_organisers:set(text) \
    place:text notes!:text participants:tally voluntary=yes:flag fee_charged=0.00:money attachments:set(attachment)
    """

  private static let kinds: [(code: String, chinese: String, identity: String, fields: String)] = [
    (
      "publicity", "宣传活动", "title date organiser",
      "channels*:set(channels) materials_distributed:tally people_reached:tally"
    ),
    (
      "training", "培训", "title date organiser",
      "topic*:code(topics) trainees:tally enterprises:tally hours:decimal"
    ),
    (
      "assistance", "助企帮扶", "title date organiser credit_code",
      """
      service*:code(services) enterprise:text credit_code:creditCode enterprises_served:tally \
      problems[problems_found:integer problems_solved:integer]
      """
    ),
    (
      "inspection", "监督检查", "title date organiser credit_code",
      """
      object*:code(objects) enterprise:text credit_code:creditCode random_public:flag measure:code(measures) \
      result[checked:integer failed:integer]
      """
    ),
    (
      "enforcement", "执法案件", "title date organiser case_number",
      """
      operation*:code(operations) case_number*:text enterprise:text credit_code:creditCode violation*!:text \
      goods_value:money disclosed:flag disclose_until:date \
      decision![decision_date:date penalty:set(penalties) fine:money confiscated:money]
      """
    ),
    (
      "complaint", "投诉举报", "title date organiser",
      """
      channel*:code(complaint_channels) category*:code(complaint_categories) mediated_amount:money \
      handling[received:integer resolved:integer]
      """
    ),
    (
      "brand", "质量品牌", "title date organiser credit_code",
      "work*:code(works) enterprise:text credit_code:creditCode result_note:text"
    ),
    ("open_day", "开放日", "title date organiser", "institution*:text visitors:tally topics:set(text)"),
    (
      "rectification", "隐患整治", "title date organiser",
      "object*:code(objects) due:date hazards[hazards_found:integer hazards_fixed:integer]"
    ),
    (
      "typical_case", "典型案例", "title date organiser",
      "category*:code(case_categories) body*!:text source:record recommended^:flag"
    ),
    ("summary", "活动总结", "title date organiser", "body*!:text submitted_on^:date"),
  ]

  private static let lists = [
    "channels": "press broadcast television wechat douyin website onsite other",
    "topics":
      "chief_quality_officer quality_management standards metrology licensing trade_measures food_safety other",
    "services":
      "metrology certification standards inspection intellectual_property diagnosis export_barriers",
    "objects": """
    industrial_product food drug special_equipment fire_product building_material agricultural_input \
    childrens_product electric_bicycle e_commerce laboratory price other
    """,
    "measures": "none rectify seal recall case",
    "operations": "iron_fist sword_net kunlun food_drug_yiluxing other",
    "penalties": "warning fine confiscation suspension revocation",
    "complaint_channels": "12315 12345 onsite letter online",
    "complaint_categories": "quality safety price false_advertising contract service counterfeit other",
    "works": """
    quality_award regional_public_brand time_honoured green_certification organic_certification qc_group \
    trusted_team standards_leader service_certification
    """,
    "case_categories": "quality_improvement brand safety consumer_rights enforcement co_governance",
  ]

  private let pack = Packs.quality

  private func mark(_ rule: MergeRule) -> String {
    switch rule {
    case .latest: ""
    case .person: "!"
    case .authority: "^"
    }
  }

  private func type(_ field: Field) -> String {
    let single =
      switch field.type {
      case .code(let list): pack.lists[list].name
      case let other: "\(other)"
      }
    return switch field.form {
    case .tally: "tally"
    case .set: "set(\(single))"
    case .single: if case .code = field.type { "code(\(single))" } else { single }
    }
  }

  private func described(_ field: Field, inGroup: Bool = false) -> String {
    let usual = field.defaultValue.map {
      "=" + DisplayForm(pack: pack, language: .code).text($0, of: field)
    }
    return field.code + (field.isRequired ? "*" : "") + (inGroup ? "" : mark(field.mergeRule)) + (usual ?? "")
      + ":" + type(field)
  }

  @Test func everyKindIsAsItIsSpelledOut() throws {
    #expect(pack.kinds.map(\.code) == KindTableTests.kinds.map(\.code))
    for (code, chinese, identity, fields) in KindTableTests.kinds {
      let kind = try #require(pack.kind(code))
      #expect(kind.label.chinese == chinese && kind.label.english.isEmpty == false)
      #expect(kind.identity.map { kind.fields[$0].code }.joined(separator: " ") == identity, "\(code)")
      let own = kind.fields.filter { $0.group == nil }.map { described($0) }
      let groups = kind.groups.map { group in
        let members = group.members.map { described(kind.fields[$0], inGroup: true) }
        return "\(group.code)\(mark(group.mergeRule))[\(members.joined(separator: " "))]"
      }
      let spelled = "\(KindTableTests.common) \(fields)"
      #expect((own + groups).joined(separator: " ") == spelled, "\(code)")
    }
  }

  @Test func everyListIsAsItIsSpelledOut() {
    for list in pack.lists where list.name != Pack.itemList {
      #expect(
        list.entries.map(\.code).joined(separator: " ") == KindTableTests.lists[list.name], "\(list.name)")
      for entry in list.entries { #expect(entry.label.chinese != entry.code, "\(entry.code)") }
    }
    #expect(Set(pack.lists.map(\.name)) == Set(KindTableTests.lists.keys).union([Pack.itemList]))
  }

  /// A group's members and the rules that tie them; what has to be the only one.
  @Test func theRulesOfEachKind() throws {
    func rules(_ code: String) throws -> [String] {
      let kind = try #require(pack.kind(code))
      func name(_ i: Int) -> String { kind.fields[i].code }
      return kind.rules.map { rule in
        switch rule {
        case .notGreater(let a, let b): "\(name(a)) <= \(name(b))"
        case .notBefore(let a, let b): "\(name(a)) >= \(name(b))"
        case .inPeriod(let i): "\(name(i)) in period"
        case .unique(let list): "one \(list.map(name).joined(separator: " "))"
        case .uniquePerOffice(let list): "one an office \(list.map(name).joined(separator: " "))"
        case .mark(let mark, let condition): "\(mark) by \(name(condition.field)) \(condition.comparison)"
        }
      }
    }
    let common = [
      "end_date >= date", "date in period", "fee_charged by fee_charged greater",
      "not_voluntary by voluntary equal",
    ]
    let own = [
      "inspection": "failed <= checked", "enforcement": "one case_number",
      "complaint": "resolved <= received",
      "rectification": "hazards_fixed <= hazards_found", "summary": "one an office ",
    ]
    for kind in pack.kinds {
      #expect(try rules(kind.code) == common + [own[kind.code]].compactMap(\.self), "\(kind.code)")
    }
    #expect(pack.info.period.toleranceDays == 45)
  }
}

import Ledger
import TestSupport
import Testing

@testable import Campaign

/// The pack that comes with the program, and what every pack can do.
@Suite struct PackTests {
  @Test func thePlanIsAllThere() {
    let pack = Packs.quality
    #expect(
      pack.kinds.map(\.code) == [
        "publicity", "training", "assistance", "inspection", "enforcement", "complaint", "brand", "open_day",
        "rectification", "typical_case", "summary",
      ])
    #expect(pack.slogans == 10)
    for code in ["3.1", "3.6", "4.1", "4.5", "4.1.d", "4.4.b"] { #expect(pack.item(code) != nil, "\(code)") }
    #expect(pack.item("4.4.d")?.parent == "4.4")
    #expect(pack.item("电梯安全宣传周")?.code == "4.1.d")
    #expect(pack.info.submissionDeadline?.description == "2025-10-09")
    #expect(pack.kind("投诉举报")?.code == "complaint")
    #expect(pack.resolveKind("trainning").failure?.facts.first == .nearest("training"))
  }

  /// Domain.md's table of headers, by kind.
  @Test func oldLedgersHeadersAreKnown() {
    let headers = [
      "标题": "title", "日期": "date", "结束日期": "end_date", "计划条目": "plan_items", "组织单位": "organiser",
      "联合单位": "co_organisers", "地点": "place", "备注": "notes", "参与人数": "participants", "自愿参加": "voluntary",
      "收费金额": "fee_charged", "企业名称": "enterprise", "统一社会信用代码": "credit_code", "宣传渠道": "channels",
      "发放资料数": "materials_distributed", "覆盖人数": "people_reached", "培训主题": "topic", "培训人数": "trainees",
      "参训企业数": "enterprises", "学时": "hours", "服务类型": "service", "服务企业数": "enterprises_served",
      "发现问题数": "problems_found", "解决问题数": "problems_solved", "检查对象": "object", "双随机": "random_public",
      "检查数": "checked", "不合格数": "failed", "处理措施": "measure", "专项行动": "operation", "案号": "case_number",
      "违法事实": "violation", "决定日期": "decision_date", "处罚种类": "penalty", "罚款金额": "fine", "没收金额": "confiscated",
      "货值": "goods_value", "已公示": "disclosed", "公示截止": "disclose_until", "投诉渠道": "channel",
      "投诉类别": "category", "受理数": "received", "办结数": "resolved", "调解金额": "mediated_amount", "品牌工作": "work",
      "工作成效": "result_note", "开放机构": "institution", "参观人数": "visitors", "主题": "topics",
      "隐患数": "hazards_found",
      "整改数": "hazards_fixed", "整改期限": "due", "案例类别": "category", "正文": "body", "来源记录": "source",
      "推荐": "recommended",
      "报送日期": "submitted_on",
    ]
    for (header, code) in headers {
      let found = Packs.quality.kinds.compactMap { kind in
        kind.fieldIndex(named: header).map { kind.fields[$0].code }
      }
      #expect(!found.isEmpty && found.allSatisfy { $0 == code }, "\(header)")
    }
  }

  @Test func numbersLeadToFieldsAndBack() {
    for pack in [Packs.quality, Packs.restaurants] {
      for kind in pack.kinds {
        for (i, field) in kind.fields.enumerated() {
          #expect(kind.slot(field.number) == (field.group == nil ? .field(i) : .member(i)))
          #expect(kind.fieldIndex(field.code) == i)
          #expect(kind.cell(named: field.code) == kind.cell(ofField: i))
        }
        for (g, group) in kind.groups.enumerated() {
          #expect(kind.slot(group.number) == .group(g))
          #expect(kind.code(ofCell: group.number) == group.code)
          #expect(group.members.allSatisfy { kind.fields[$0].group == g })
        }
        #expect(kind.slot(0) == .unknown)
        #expect(kind.slot(Kind.maxNumber) == .unknown)
        #expect(kind.slot(.max) == .unknown)
      }
    }
  }

  @Test func mergeRules() {
    let enforcement = Packs.kind("enforcement")
    #expect(enforcement.mergeRule(ofCell: enforcement.cell(named: "violation")!) == .person)
    #expect(enforcement.mergeRule(ofCell: enforcement.cell(named: "fine")!) == .person)
    #expect(enforcement.mergeRule(ofCell: enforcement.cell(named: "title")!) == .latest)
    let summary = Packs.kind("summary")
    #expect(summary.mergeRule(ofCell: summary.cell(named: "submitted_on")!) == .authority)
  }

  @Test func aPackComesBackFromItsBytes() throws {
    for pack in [Packs.quality, Packs.restaurants, Packs.quality.with(version: 9)] {
      let bytes = PackCodec.encode(pack)
      #expect(try PackCodec.decode(bytes) == pack)
      #expect(PackCodec.encode(try PackCodec.decode(bytes)) == bytes)
    }
  }

  @Test func damagedBytesAreRefusedOrReadButNeverTrap() {
    let seed: UInt64 = 99
    var rng = SeededRandom(seed: seed)
    let bytes = PackCodec.encode(Packs.restaurants)
    for length in stride(from: 0, to: bytes.count, by: 7) {
      #expect(throws: PackCodec.Fault.self, "seed \(seed)") {
        try PackCodec.decode(Array(bytes.prefix(length)))
      }
    }
    for _ in 0..<3000 {
      var damaged = bytes
      damaged[Int.random(in: 0..<bytes.count, using: &rng)] = UInt8.random(in: 0...255, using: &rng)
      _ = try? PackCodec.decode(damaged)
    }
    #expect(throws: PackCodec.Fault.otherForm(200)) { try PackCodec.decode([200] + bytes.dropFirst()) }
  }
}

extension Pack {
  fileprivate var slogans: Int { info.slogans.count }
}

@Suite struct DivisionTests {
  let table = Packs.quality.divisions

  private func resolved(_ text: String) -> String? { table.resolve(text).success?.code.description }

  @Test func byCodeAndByName() {
    #expect(resolved("540100") == "540100")
    #expect(resolved("拉萨市") == "540100")
    #expect(resolved(" ５４０１００ ") == "540100")
    #expect(table.divisions.filter(\.isInUse).count == 82)
    #expect(table.divisions.filter { $0.isInUse && $0.parent == nil }.map(\.name) == ["西藏自治区"])
  }

  @Test func aRetiredCodeIsItsSuccessor() {
    #expect(resolved("542400") == "540600")
    #expect(resolved("那曲地区") == "540600")
    #expect(resolved("540422") == "540481")
    #expect(resolved("米林县") == "540481")
    #expect(resolved("墨脱县") == "540423")
    #expect(resolved("察隅县") == "540425")
    #expect(resolved("542630") == nil)
  }

  @Test func oneWithSeveralSuccessorsNamesThem() {
    let finding = table.resolve("542137").failure
    #expect(finding?.code == .retiredDivision)
    #expect(finding?.facts == [.successors(["540302 卡若区", "540321 江达县"])])
    #expect(table.resolve("碧土县").failure?.code == .retiredDivision)
    #expect(table.resolve("542700").failure?.facts == [.successors([])])
    #expect(table.resolve("拉薩市").failure?.facts == [.nearest("拉萨市")])
    #expect(table.resolve("").failure?.code == .unknownDivision)
  }

  @Test func theTree() throws {
    let region = try #require(DivisionCode("540000"))
    let lhasa = try #require(DivisionCode("540100"))
    let county = try #require(DivisionCode("540102"))
    #expect(table.children(of: region).count == 7)
    #expect(table.ancestors(of: county) == [lhasa, region])
    #expect(table.subtree(of: region).count == 82)
    #expect(table.subtree(of: lhasa).first == lhasa)
    #expect(table.subtree(of: lhasa).count == 9)
    #expect(
      table.isWithin(county, region) && table.isWithin(county, county) && !table.isWithin(region, county))
    #expect(table.depth(of: county) == 2)
    for division in table.divisions where division.isInUse {
      #expect(table.subtree(of: region).contains(division.code))
    }
  }

  @Test func anotherCountrysCodes() {
    let table = Packs.restaurants.divisions
    #expect(table.resolve("riv-n").success?.name == "North")
    #expect(table.resolve("old town").failure?.facts == [.successors(["RIV-N North", "RIV-S South"])])
  }
}

@Suite struct CompatibilityTests {
  private func problems(_ from: String, _ to: String) throws -> [CompatibilityProblem.Reason] {
    let text = Packs.restaurantsYAML.replacing(from, with: to)
    #expect(text != Packs.restaurantsYAML)
    return try PackReader.read(text).compatibilityProblems(with: Packs.restaurants).map(\.reason)
  }

  @Test func aPackFollowsItself() {
    #expect(Packs.quality.compatibilityProblems(with: Packs.quality).isEmpty)
    #expect(Packs.quality.compatibilityProblems(with: Packs.restaurants).count == 1)
  }

  @Test func numbersKeepTheirMeaning() throws {
    #expect(
      try problems("type: decimal, min: -40", "type: integer, min: -40")
        == [.newMeaning(number: 7, was: "temperature: decimal", now: "temperature: integer")])
    #expect(
      try problems("code: guests, label: Guests, type: tally", "code: covers, label: Covers, type: tally")
        == [.newMeaning(number: 6, was: "guests: tally", now: "covers: tally")])
    #expect(
      try problems("{number: 6, code: guests", "{number: 66, code: guests")
        == [.renumbered(code: "guests", from: 6, to: 66), .notRetired(number: 6, was: "guests")])
  }

  @Test func whatMayChange() throws {
    #expect(try problems("label: Guests", "label: Covers").isEmpty)
    #expect(try problems("c: Poor", "c: Poor\n    d: Closed").isEmpty)
    #expect(
      try problems(
        "{number: 6, code: guests, label: Guests, type: tally}",
        "{number: 60, code: children, label: Children, type: tally}")
        == [.notRetired(number: 6, was: "guests")])
    #expect(
      try problems(
        "      - {number: 6, code: guests, label: Guests, type: tally}\n", ""
      ).first
        == .notRetired(number: 6, was: "guests"))
  }
}

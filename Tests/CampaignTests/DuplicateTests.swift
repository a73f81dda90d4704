import Ledger
import Testing

@testable import Campaign

/// What makes two records look like one activity, and how well that finds the ones that are.
@Suite struct DuplicateTests {
  private func likeness(
    _ title: String, date: String = "2025-09-10", place: String = "", organiser: String = "市场监管局",
    partners: String = "", code: String = "", kind: String = "assistance", division: String = "540100",
    number: Int64 = 1
  ) throws -> Likeness {
    var operations: [EditDraft.Operation] = [
      .set("title", to: title), .set("date", to: date), .set("plan_items", to: "4.2"),
      .set("organiser", to: organiser), .set("place", to: place), .set("co_organisers", to: partners),
      kind == "training" ? .set("topic", to: "standards") : .set("service", to: "metrology"),
    ]
    if !code.isEmpty { operations.append(.set("credit_code", to: code)) }
    let checked = try check(kind, operations).get()
    let pack = Packs.quality
    let position = pack.kindPosition(kind)!
    var names = ShapeMemo()
    return Likeness(
      checked.content, kind: position, fields: LikenessFields(pack.kinds[position], pack), key: number,
      id: RecordID(milliseconds: number, random: (1, 2)), division: DivisionCode(division)!,
      names: &names)!
  }

  @Test func oneThingInCommonIsNotEnoughAndTwoAre() throws {
    let code = "91350100M000100Y43"
    let first = try likeness("计量服务中小企业行", place: "拉萨市文化广场", organiser: "拉萨市局", code: code)
    let cases: [(Likeness, [ReportRole], Bool)] = try [
      (likeness("计量服务中小企业行活动", organiser: "商务局"), [.title], false),
      (likeness("检验检测开放日", place: "文化广场", organiser: "商务局"), [.place], false),
      (likeness("计量服务 中小企业行（联合）", place: "拉萨市 文化广场", organiser: "商务局"), [.title, .place], true),
      (
        likeness("上门服务", organiser: "商务局", partners: "拉萨市局", code: code), [.enterpriseCode, .organiser], true
      ),
      (likeness("计量服务中小企业行", organiser: "拉萨市局", division: "540102"), [.title, .organiser], true),
    ]
    for (other, evidence, isSuspicious) in cases {
      let resemblance = Resemblance(first, other)
      #expect(resemblance.evidence == evidence)
      #expect(resemblance.isSuspicious == isSuspicious, "\(evidence)")
      #expect(resemblance == Resemblance(other, first))
    }
  }

  @Test func aNumberInTheTitleTellsOneOfASeriesFromAnother() throws {
    let third = try likeness("电梯安全宣传第3站", place: "拉萨市文化广场", number: 1)
    let fourth = try likeness("电梯安全宣传第4站", place: "拉萨市文化广场", number: 2)
    let again = try likeness("电梯安全宣传第３站", place: "拉萨市文化广场", number: 3)
    let elsewhere = try likeness(
      "电梯安全宣传第3站", place: "拉萨市文化广场", organiser: "商务局", division: "540102", number: 4)
    func pairs(_ records: Likeness...) -> Int {
      var found = 0
      DuplicateSearch.forEachPair(records) { _, _, _ in found += 1 }
      return found
    }
    #expect(pairs(third, fourth) == 0)
    #expect(pairs(third, again) == 1)
    #expect(pairs(third, elsewhere) == 1)
    #expect(pairs(third, fourth, again, elsewhere) == 3)
  }

  @Test func otherKindsAndDaysAreNoSuspects() throws {
    let first = try likeness("电梯安全宣传周", place: "广场", number: 1)
    for (date, kind, isSuspicious) in [
      ("2025-09-12", "assistance", true), ("2025-09-13", "assistance", false),
      ("2025-09-08", "assistance", true), ("2025-09-10", "assistance", true),
      ("2025-09-10", "training", false),
    ] {
      let other = try likeness("电梯安全宣传周", date: date, place: "广场", kind: kind, number: 2)
      var found = 0
      DuplicateSearch.forEachPair([first, other]) { _, _, _ in found += 1 }
      #expect((found == 1) == isSuspicious, "\(date)")
    }
  }

  /// The very same record again within one office is told; the next one of a series is not.
  @Test func withinOneOfficeTheOrganiserTellsNothing() throws {
    let first = try likeness("标准宣贯会第一场")
    #expect(try Resemblance(first, likeness("标准宣贯会第一场")).isSuspicious)
    #expect(try !Resemblance(first, likeness("标准宣贯会第二场")).isSuspicious)
    #expect(try !Resemblance(first, likeness("标准宣贯会第一场", date: "2025-09-11")).isSuspicious)
  }

  @Test func aPackWithoutThesePartsSuspectsNobody() {
    let pack = Packs.restaurants
    let fields = LikenessFields(pack.kinds[0], pack)
    var names = ShapeMemo()
    #expect(fields.date == nil)
    #expect(
      Likeness(
        RecordContent(kind: pack.kinds[0]), kind: 0, fields: fields, key: 1,
        id: RecordID(high: 1, low: 1), division: DivisionCode("RIV")!, names: &names) == nil)
  }

  /// Only those that share something meet, and yet (nearly) nothing is lost against comparing all with all.
  @Test(arguments: [UInt64(1), 2, 3]) func knownJointActivitiesAreFound(seed: UInt64) {
    let made = JointActivities(seed: seed, count: 4000, jointCount: 300)
    var found: Set<[RecordID]> = []
    DuplicateSearch.forEachPair(made.records) { a, b, _ in found.insert([a.id, b.id].sorted()) }
    let right = found.intersection(made.joint).count
    let recall = Double(right) / Double(made.joint.count)
    let precision = Double(right) / Double(found.count)
    print("seed \(seed): \(found.count) suspected, recall \(recall), precision \(precision)")
    #expect(recall >= 0.93, "seed \(seed)")
    #expect(precision >= 0.78, "seed \(seed)")

    // All with all takes long: the joint ones, which stand last, and some others.
    let some = Array(made.records.suffix(900))
    var all: Set<[RecordID]> = []
    found = []
    DuplicateSearch.forEachPair(some) { a, b, _ in found.insert([a.id, b.id].sorted()) }
    for (i, a) in some.enumerated() {
      for b in some[..<i] where Resemblance(a, b).isSuspicious {
        #expect(Resemblance.isPossible(a, b), "what is left out for nothing must not be suspicious")
        all.insert([a.id, b.id].sorted())
      }
    }
    #expect(found.isSubset(of: all))
    #expect(Double(found.count) >= 0.97 * Double(all.count), "seed \(seed): \(found.count) of \(all.count)")
  }

  /// However alike all records are, the time is bounded.
  @Test func tenThousandLikeOneAnotherAreNotComparedAllWithAll() throws {
    let same = try likeness("质量月集中宣传", place: "广场")
    let records = (0..<10_000).map { _ in same }
    var found = 0
    DuplicateSearch.forEachPair(records) { _, _, _ in found += 1 }
    #expect(found > 0 && found <= 10_000 * 64 * 8)
  }
}

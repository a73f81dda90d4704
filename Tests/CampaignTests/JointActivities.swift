import Ledger
import TestSupport

@testable import Campaign

/// Made records of a campaign's month, some of them one activity that two offices entered, each in its own words.
struct JointActivities {
  private(set) var records: [Likeness] = []
  private(set) var joint: Set<[RecordID]> = []
  private var random: SeededRandom
  private let fields: [LikenessFields]
  private var memo = ShapeMemo()
  private let pack = Packs.quality

  private static let offices = (0..<40).map {
    ("54\(String(1000 + $0 * 7))", "\(names[$0 % names.count])\($0 < 20 ? "市" : "县")")
  }
  private static let names = [
    "拉萨", "日喀则", "昌都", "林芝", "山南", "那曲", "阿里", "当雄", "尼木", "曲水", "墨竹", "江孜", "定日", "萨迦", "拉孜",
    "昂仁", "白朗", "仁布", "康马", "亚东",
  ]
  private static let subjects = [
    "电梯安全", "食品安全科普", "计量惠民", "标准宣贯", "质量管理体系认证", "消费维权", "儿童用品质量", "农资打假", "检验检测开放", "首席质量官",
    "有机产品认证", "工业产品许可", "电动自行车整治", "价格监管", "放心消费承诺", "知识产权保护",
  ]
  private static let forms = ["宣传周", "进社区活动", "培训班", "现场咨询", "专题讲座", "集中宣传", "主题日", "推进会", "交流会", "服务行动"]
  private static let bodies = ["市场监管局", "质检所", "消费者协会", "商务局", "教育局", "文旅局", "农业农村局", "公安局"]
  private static let places = ["文化广场", "步行街", "体育馆", "会展中心", "第一中学", "农贸市场", "政务大厅", "工业园区", "社区服务中心", "客运站"]

  /// - Parameters:
  ///   - count: of activities that one office entered alone.
  ///   - jointCount: of those that two offices entered.
  init(seed: UInt64, count: Int, jointCount: Int) {
    random = SeededRandom(seed: seed)
    fields = pack.kinds.map { LikenessFields($0, Packs.quality) }
    for _ in 0..<count { addSingle() }
    for _ in 0..<jointCount { addJoint() }
  }

  private mutating func pick<Element>(_ list: [Element]) -> Element {
    list[Int(random.next() % UInt64(list.count))]
  }
  private mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }

  private struct Entry {
    var kind = ""
    var title = ""
    var day: Int32 = 0
    var place = ""
    var organiser = ""
    var partners: [String] = []
    var code: String?
    var division = ""
  }

  private mutating func activity() -> Entry {
    let office = pick(JointActivities.offices)
    var entry = Entry()
    entry.kind = pick(["publicity", "training", "assistance", "open_day"])
    // Half of the titles are the campaign's own, the same in every county on the same days.
    entry.title = pick(JointActivities.subjects) + pick(JointActivities.forms)
    if chance(50) { entry.title = office.1 + entry.title }
    entry.day = CivilDate(iso: "2025-09-01")!.days + Int32(random.next() % 30)
    entry.place = chance(85) ? office.1 + pick(JointActivities.places) : ""
    entry.organiser = office.1 + pick(JointActivities.bodies)
    entry.partners = chance(30) ? [office.1 + pick(JointActivities.bodies)] : []
    entry.division = office.0
    if entry.kind == "assistance", chance(70) { entry.code = "91540\(1000 + random.next() % 300)" }
    return entry
  }

  private mutating func addSingle() {
    var entry = activity()
    add(entry)
    // A series: the same again some days later, which is no duplicate.
    guard chance(20) else { return }
    entry.day += 3 + Int32(random.next() % 6)
    add(entry)
  }

  private mutating func addJoint() {
    let first = activity()
    var second = first
    let office = pick(JointActivities.offices.filter { $0.0 != first.division })
    second.division = office.0
    second.organiser = office.1 + pick(JointActivities.bodies)
    second.partners = chance(90) ? [first.organiser] : []
    var original = first
    if chance(60) { original.partners.append(second.organiser) }
    if chance(25) { second.organiser = first.organiser }
    switch random.next() % 4 {
    case 0: second.title = "联合开展" + first.title
    case 1: second.title = first.title + "（联合）"
    case 2: second.title = "参加" + first.title.replacing("活动", with: "")
    default: break
    }
    if chance(15) { second.title = pick(JointActivities.subjects) + "联合行动" }
    if chance(30) { second.day += Int32(random.next() % 3) }
    if chance(30) { second.place = second.place.isEmpty ? "" : "西藏自治区" + second.place }
    joint.insert([add(original), add(second)].sorted())
  }

  @discardableResult
  private mutating func add(_ entry: Entry) -> RecordID {
    let kind = pack.kindPosition(entry.kind)!
    let definition = pack.kinds[kind]
    var content = RecordContent(kind: definition)
    func show(_ code: String, _ value: FieldValue?) {
      if let i = definition.fieldIndex(code) { content[field: i] = value }
    }
    show("title", .single(.text(entry.title)))
    show("date", .single(.date(entry.day)))
    show("place", entry.place.isEmpty ? nil : .single(.text(entry.place)))
    show("organiser", .single(.text(entry.organiser)))
    show("co_organisers", .set(entry.partners.map { .text($0) }))
    show("credit_code", entry.code.map { .single(.text($0)) })
    let id = RecordID(milliseconds: Int64(records.count), random: (random.next(), random.next()))
    records.append(
      Likeness(
        content, kind: kind, fields: fields[kind], key: Int64(records.count), id: id,
        division: DivisionCode(entry.division)!, names: &memo)!)
    return id
  }
}

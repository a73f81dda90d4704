import Foundation
import Testing

/// Conflicts of more than two offices, and of groups, as a person settles them.
@Suite(.offPool) struct ManyCandidatesTests {
  /// Three computers that have synced one record, edited it each in its own way, and met again at the region.
  private func scene(_ made: [String], _ edits: [String]) throws -> (place: Workplace, id: String) {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.end() }
    try place.join("county", division: "540102", name: "城关区局", at: address)
    let added = try Program(["add"] + made + ["--division", "540102", "--store", place["region"]]).finish()
    let id = try #require(added.object["id"] as? String, "\(added.err)")
    let offices = ["office", "county"]
    for office in offices { try place.run("sync", address, in: office) }
    for (store, edit) in zip(["region"] + offices, edits) {
      try place.run("edit", id, "--set", edit, in: store)
    }
    for office in offices { try place.run("sync", address, in: office) }
    return (place, id)
  }

  private let training = [
    "training", "--set", "title=会", "--set", "date=2025-09-10", "--set", "plan_items=4.2", "--set",
    "organiser=局", "--set", "topic=standards",
  ]

  @Test func textsOfThreeOfficesAreMerged() throws {
    let body = "第一段：全区质量月活动。第二段：检查企业一百家。第三段：下一步打算。"
    let edits = [("下一步", "今后"), ("一百家", "一百二十家"), ("全区", "全市")].map {
      "body=" + body.replacingOccurrences(of: $0.0, with: $0.1)
    }
    let (place, id) = try scene(
      [
        "typical_case", "--set", "title=案例", "--set", "date=2025-09-10", "--set", "plan_items=4.2", "--set",
        "organiser=局", "--set", "category=brand", "--set", "body=\(body)",
      ], edits)
    let terminal = try Terminal(["conflicts", "settle", "--lang", "zh", "--store", place["region"]])
    terminal.wait(for: "合并建议：")
    terminal.wait(for: "m 取合并建议")
    terminal.type("m")
    #expect(terminal.finish() == 0, "\(terminal.shown)")
    #expect(
      try place.fields(id, in: "region")["body"] as? String == "第一段：全市质量月活动。第二段：检查企业一百二十家。第三段：今后打算。")
  }

  /// Equal values stand once, with all who wrote them, and are taken by the number that is shown.
  @Test func equalValuesAreListedOnce() throws {
    let (place, id) = try scene(training, ["place=礼堂", "place=广场", "place=礼堂"])
    func lines() throws -> [String] {
      try Program(["conflicts", "--lang", "zh", "--store", place["region"]], json: false).finish().out
        .split(separator: "\n").map(String.init)
    }
    let listed = try lines()
    let hall = try #require(listed.first { $0.contains("礼堂") })
    #expect(listed.filter { $0.contains("礼堂") }.count == 1 && listed.count == 3, "\(listed)")
    #expect(hall.contains("自治区局") && hall.contains("城关区局") && !hall.contains("拉萨市局"), "\(hall)")
    let open = try place.run("conflicts", in: "region").object
    #expect((open["candidates"] as? [[String: Any]])?.count == 3)
    let number = try #require(
      hall.split(separator: ".").first.map { $0.trimmingCharacters(in: .whitespaces) })
    try place.run("conflicts", "resolve", id, "place", "--take", number, in: "region")
    #expect(try place.fields(id, in: "region")["place"] as? String == "礼堂")
  }

  /// Two records of one title are told apart where a rule settled them.
  @Test func whatARuleSettledIsNamedByItsID() throws {
    let (place, id) = try scene(training, ["place=礼堂", "place=广场", "place=剧院"])
    let told = try Program(
      ["merge", "--decide", "latest", "--lang", "zh", "--store", place["region"]], json: false
    ).finish()
    #expect((told.out + told.err).contains("\(id)  会 地点：取 剧院"), "\(told.out) \(told.err)")
  }

  @Test func aGroupIsEnteredFieldByField() throws {
    let (place, id) = try scene(
      [
        "inspection", "--set", "title=检查", "--set", "date=2025-09-10", "--set", "plan_items=4.2", "--set",
        "organiser=局", "--set", "object=food", "--set", "checked=20", "--set", "failed=3",
      ], ["checked=21", "checked=22", "failed=4"])
    let terminal = try Terminal(["conflicts", "settle", "--lang", "zh", "--store", place["region"]])
    terminal.answer(["v 填写": "v", "检查数（现为": "", "不合格数（现为": "三十个"])
    // What is no number is refused in words, and asked for again.
    terminal.answer(["v 填写": "v", "检查数（现为": "25", "不合格数（此前填写 三十个": "9"])
    #expect(terminal.finish() == 0, "\(terminal.shown)")
    let fields = try place.fields(id, in: "region")
    #expect(fields["checked"] as? Int == 25 && fields["failed"] as? Int == 9, "\(fields)")
    #expect(try place.run("conflicts", in: "region").objects.isEmpty)
  }
}

import Foundation
import Testing

/// An activity that two offices entered: suspected, linked by the region, counted once everywhere, unlinked again.
@Suite(.offPool) struct DuplicatesTests {
  private struct Offices {
    let place: Workplace
    let server: Program
    let address: String
    let stores = ["office": "540100", "shannan": "540500"]

    init() throws {
      place = try Workplace()
      (server, address) = try place.region()
      try place.join("shannan", division: "540500", name: "山南市局", at: address)
    }

    func sync() throws {
      for store in ["office", "shannan", "office", "shannan"] {
        let result = try Program.run("sync", address, "--store", place[store])
        #expect(result.exitCode == 0, "\(result.err)")
      }
    }

    func add(_ store: String, _ kind: String, _ values: String...) throws -> Program.Result {
      let sets = values.flatMap { ["--set", $0] }
      let added = try Program(["add", kind, "--store", place[store]] + sets).finish()
      #expect(added.exitCode == 0, "\(added.err)")
      return added
    }

    /// How many records a store's report counts in a division.
    func counted(_ store: String, _ division: String = "540000") throws -> Int? {
      let report = try Program.run("report", "summary", "--division", division, "--store", place[store])
      return (report.object["total"] as? [String: Any])?["records"] as? Int
    }

    func end() {
      server.kill(SIGTERM)
      _ = server.finish()
    }
  }

  private func joint(_ offices: Offices) throws -> (a: String, b: String) {
    let a = try offices.add(
      "office", "training", "title=电梯安全宣传周进社区", "date=2025-09-10", "plan_items=4.1.d",
      "organiser=拉萨市市场监管局", "co_organisers=山南市市场监管局", "place=文化广场", "topic=other", "trainees=30")
    let b = try offices.add(
      "shannan", "training", "title=电梯安全宣传周活动进社区", "date=2025-09-11", "plan_items=4.1.d",
      "organiser=山南市市场监管局", "place=文化广场", "topic=other", "trainees=30")
    try offices.sync()
    return (try #require(a.object["id"] as? String), try #require(b.object["id"] as? String))
  }

  @Test func aLinkedActivityCountsOnceOnEveryStore() throws {
    let offices = try Offices()
    defer { offices.end() }
    let region = offices.place["region"]
    let (a, b) = try joint(offices)

    let suspected = try Program.run("duplicates", "--store", region).objects
    #expect(suspected.count == 1)
    #expect(Set([suspected[0]["a"] as? String, suspected[0]["b"] as? String]) == [a, b])
    #expect(suspected[0]["why"] as? [String] == ["title", "place", "organiser"])
    #expect((suspected[0]["score"] as? Double ?? 0) > 0.8)
    #expect(try Program.run("merge", "--store", region).object["duplicates_suspected"] as? Int == 1)
    #expect(try offices.counted("region") == 2)

    let linked = try Program.run("duplicates", "link", a, b, "--operator", "扎西", "--store", region)
    #expect(linked.exitCode == 0, "\(linked.err)")
    #expect(Set(linked.object.keys) == ["a", "b", "score", "why"])
    let again = try Program.run("duplicates", "link", b, a, "--store", region)
    #expect(again.exitCode == 0, "\(again.err)")
    #expect(try Program.run("duplicates", "--store", region).objects.isEmpty)
    try offices.sync()
    // Each office reports on itself what the region's report says of it.
    #expect(try offices.counted("region") == 1)
    let counts = try offices.stores.map { store, division in
      let own = try offices.counted(store, division)
      #expect(try offices.counted("region", division) == own, "\(store)")
      let here = try Program.run("status", "--division", division, "--store", offices.place[store])
      let there = try Program.run("status", "--division", division, "--store", region)
      #expect(here.object["fingerprint"] as? String == there.object["fingerprint"] as? String)
      return own ?? -1
    }
    #expect(counts.reduce(0, +) == 1)
    let line = try Program.run("history", a, "--store", offices.place["office"]).objects.last
    #expect(line?["field"] as? String == "links" && line?["to"] as? [String] == [b])
    #expect(line?["operator"] as? String == "扎西")

    // Where the one that counts is deleted, the other counts.
    try Program.run("delete", min(a, b), "--store", region)
    #expect(try offices.counted("region") == 1)
    try Program.run("restore", min(a, b), "--store", region)

    #expect(try Program.run("duplicates", "unlink", a, b, "--store", region).exitCode == 0)
    try offices.sync()
    #expect(try offices.counted("region") == 2)
    for (store, division) in offices.stores { #expect(try offices.counted(store, division) == 1, "\(store)") }
    #expect(try Program.run("duplicates", "--store", region).objects.count == 1)
    #expect(try Program.run("duplicates", "dismiss", b, a, "--store", region).exitCode == 0)
    #expect(try Program.run("duplicates", "--store", region).objects.isEmpty)
    #expect(try offices.counted("region") == 2)
    for store in ["region", "office", "shannan"] {
      #expect(try Program.run("verify", "--store", offices.place[store]).exitCode == 0, "\(store)")
    }
  }

  @Test func linkedRecordsMayShareWhatIsUnique() throws {
    let offices = try Offices()
    defer { offices.end() }
    let region = offices.place["region"]
    let ids = try ["office", "shannan"].map { store in
      let added = try offices.add(
        store, "enforcement", "title=假冒白酒案", "date=2025-09-10", "plan_items=4.4.a", "organiser=稽查队",
        "operation=iron_fist", "case_number=藏市监罚〔2025〕7号", "violation=销售假冒白酒")
      return try #require(added.object["id"] as? String)
    }
    try offices.sync()
    func open() throws -> [[String: Any]] { try Program.run("conflicts", "--store", region).objects }
    #expect(try open().map { $0["reason"] as? String } == ["unique", "unique"])
    try Program.run("duplicates", "link", ids[0], ids[1], "--store", region)
    #expect(try open().isEmpty)
    try Program.run("edit", ids[0], "--set", "place=拉萨", "--store", region)
    #expect(try open().isEmpty)
    // A third one clashes with both.
    let added = try offices.add(
      "region", "enforcement", "title=另案", "date=2025-09-20", "plan_items=4.4.a", "organiser=区局",
      "operation=iron_fist", "case_number=藏市监罚〔2025〕7号", "violation=无照经营")
    let third = try #require(added.object["id"] as? String)
    #expect(try open().count == 3)
    let others = try open().first { $0["record"] as? String == ids[0] }?["others"] as? [String]
    #expect(others == [third])
    try Program.run(
      "edit", third, "--set", "case_number=藏市监罚〔2025〕8号", "--store", region)
    #expect(try open().isEmpty)
    try Program.run("duplicates", "unlink", ids[1], ids[0], "--store", region)
    #expect(try open().count == 2)
  }

  @Test func entryWarnsAndImportCounts() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    func add(_ title: String, _ kind: String = "training") throws -> Program.Result {
      try Program.run(
        "add", kind, "--set", "title=\(title)", "--set", "date=2025-09-10", "--set", "plan_items=4.2",
        "--set",
        "organiser=市场监管局", "--set", "place=礼堂", "--set",
        kind == "training" ? "topic=other" : "channels=other",
        "--lang", "en", "--store", place["office"])
    }
    let first = try add("标准宣贯会")
    #expect(first.err.isEmpty, "\(first.err)")
    let second = try add("标准宣贯会议")
    let id = try #require(first.object["id"] as? String)
    #expect(second.exitCode == 0 && second.err.contains(id), "\(second.err)")
    #expect(try add("标准宣贯会", "publicity").err.isEmpty)

    let file = place["台账.csv"]
    let text = """
      类别,标题,日期,计划条目,组织单位,培训主题,地点
      培训,标准宣贯会（一）,2025-09-12,4.2,质检所,standards,礼堂
      培训,食品安全讲座,2025-09-12,4.2,质检所,food_safety,学校
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    func suspected(_ options: String...) throws -> Int? {
      try Program(["import", file, "--store", place["office"]] + options).finish().object[
        "duplicates_suspected"]
        as? Int
    }
    #expect(try suspected("--dry-run") == 2)
    #expect(try suspected() == 2)
    #expect(try suspected() == 0)
  }

  @Test func whatCannotBeLinkedSaysWhy() throws {
    let offices = try Offices()
    defer { offices.end() }
    let (a, b) = try joint(offices)
    let other = try offices.add(
      "office", "publicity", "title=宣传", "date=2025-09-10", "plan_items=4.1", "organiser=局", "channels=other")
    let otherID = try #require(other.object["id"] as? String)
    let office = offices.place["office"]
    let same = try Program.run("duplicates", "link", a, a, "--store", office)
    #expect(same.exitCode == 65 && same.errorCode == "same-record", "\(same.err)")
    let kinds = try Program.run("duplicates", "link", a, otherID, "--store", office)
    #expect(kinds.exitCode == 65 && kinds.errorCode == "different-kinds", "\(kinds.err)")
    // Another office's record is not here at all.
    #expect(try Program.run("duplicates", "link", a, b, "--store", office).exitCode == 66)
    #expect(try Program.run("duplicates", "unlink", a, otherID, "--store", office).exitCode == 0)
    #expect(try Program.run("duplicates", "link", a, "--store", office).exitCode == 64)
  }
}

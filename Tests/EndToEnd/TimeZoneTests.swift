import Foundation
import Testing

/// A day is a day: no time zone of the machine moves it, west or east.
@Suite(.offPool) struct TimeZoneTests {
  /// POSIX names say the other way round, and have three signs at least: `<+08>-8` is UTC+8.
  private static let zones =
    (-11...14).map { hours in
      let name = (hours < 0 ? "-" : "+") + "\(100 + abs(hours))".dropFirst()
      return Zone(name: "<\(name)>\(-hours)", minutes: hours * 60)
    } + [
      Zone(name: "<+0545>-5:45", minutes: 345), Zone(name: "<+1245>-12:45", minutes: 765),
      Zone(name: "<-0330>3:30", minutes: -210), Zone(name: "Asia/Shanghai", minutes: 480),
      Zone(name: "Pacific/Kiritimati", minutes: 840),
    ]

  struct Zone: CustomStringConvertible {
    var name: String
    /// How far its clocks are ahead of UTC.
    var minutes: Int
    var description: String { name }

    /// A moment as its clocks show it.
    func wall(_ moment: Date) -> String {
      let style = Date.ISO8601FormatStyle(dateTimeSeparator: .space)
      return moment.addingTimeInterval(Double(minutes * 60)).formatted(style).replacing("Z", with: "")
    }
  }

  private static let ways = [
    "2025-09-01", "2025/9/1", "2025.9.1", "2025年9月1日", "二〇二五年九月一日", "20250901", "45901", "２０２５－０９－０１",
  ]

  @Test(arguments: zones) func noZoneMovesADay(zone: Zone) throws {
    let place = try Workplace()
    let store = place["office"]
    func run(_ arguments: String...) throws -> Program.Result {
      let result = try Program(arguments + ["--store", store], environment: ["TZ": zone.name]).finish()
      #expect(result.exitCode == 0, "\(zone): \(result.err)")
      return result
    }
    _ = try run("init", "--division", "540100", "--name", "拉萨市局")
    var ledger = "类别,标题,日期,计划条目,组织单位,培训主题,结束日期\n"
    for (number, way) in TimeZoneTests.ways.enumerated() {
      ledger += "培训,第\(number)场,\(way),4.2,局,standards,\(way)\n"
    }
    try Data(ledger.utf8).write(to: URL(fileURLWithPath: place["a.csv"]))
    let imported = try run("import", place["a.csv"])
    #expect(imported.object["imported"] as? Int == TimeZoneTests.ways.count, "\(imported.err)")
    let added = try run(
      "add", "training", "--set", "title=末", "--set", "date=2025-09-30", "--set", "plan_items=4.2", "--set",
      "organiser=局", "--set", "topic=standards")
    #expect((added.object["fields"] as? [String: Any])?["date"] as? String == "2025-09-30")
    let stamp = try #require(added.object["created_at"] as? String)
    let parsed = try #require(
      try? Date(stamp, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    #expect(abs(parsed.timeIntervalSinceNow) < 600, "\(zone): \(stamp)")

    // People read the clock on their wall.
    let shown = try Program(
      ["show", try #require(added.object["id"] as? String), "--store", store, "--lang", "en"], json: false,
      environment: ["TZ": zone.name]
    ).finish().out
    let wall = zone.wall(parsed)
    #expect(shown.contains("Created") && shown.contains(" \(wall) "), "\(zone): \(wall) \(shown)")

    let first = try run("list", "--from", "2025-09-01", "--to", "2025-09-01").objects
    #expect(first.count == TimeZoneTests.ways.count)
    for record in first {
      let fields = record["fields"] as? [String: Any]
      #expect(
        fields?["date"] as? String == "2025-09-01" && fields?["end_date"] as? String == "2025-09-01",
        "\(zone)")
    }
    let report = try run("report", "summary", "--from", "2025-09-30", "--to", "2025-09-30").object
    #expect((report["days"] as? [[String: Any]])?.map { $0["date"] as? String } == ["2025-09-30"])
    let csv = try Program(["export", "--store", store], json: false, environment: ["TZ": zone.name]).finish()
      .out
    #expect(csv.components(separatedBy: ",2025-09-01,").count > TimeZoneTests.ways.count, "\(zone)")
  }
}

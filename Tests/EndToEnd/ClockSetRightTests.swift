import Foundation
import Testing

/// A clock that was wrong for a day and is right again, as real processes on a real link.
@Suite(.offPool) struct ClockSetRightTests {
  private static let day = 86_400

  /// The program on a computer whose clock is so many days ahead.
  @discardableResult
  private func run(
    _ arguments: String..., days: Int = 0, words: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Program.Result {
    let arguments = words ? arguments + ["--lang", "zh"] : arguments
    let clock = try Program.clock(ahead: days * ClockSetRightTests.day)
    let result = try Program(arguments, json: !words, environment: clock).finish()
    #expect(
      result.exitCode == 0, "\(arguments) on day \(days): \(result.out) \(result.err)",
      sourceLocation: sourceLocation)
    return result
  }

  /// Does something while a region serves whose clock is so many days ahead.
  private func withRegion(_ place: Workplace, days: Int, _ body: (_ address: String) throws -> Void) throws {
    let server = try Program(
      ["serve", "--listen", "127.0.0.1:0", "--store", place["region"]],
      environment: Program.clock(ahead: days * ClockSetRightTests.day))
    defer {
      server.kill(SIGTERM)
      _ = server.finish()
    }
    let object = try JSONSerialization.jsonObject(with: Data(server.line().utf8)) as? [String: Any]
    try body(try #require(object?["address"] as? String))
  }

  private func found(_ place: Workplace, _ offices: (store: String, division: String, name: String)...) throws
  {
    try run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place["region"])
    for office in offices {
      try run("init", "--division", office.division, "--name", office.name, "--store", place[office.store])
    }
  }

  /// - Returns: the invitation.
  private func invite(_ place: Workplace, _ division: String, _ name: String, days: Int = 0) throws -> String
  {
    let invited = try run(
      "office", "invite", "--division", division, "--name", name, "--store", place["region"], days: days)
    return try #require(invited.object["token"] as? String)
  }

  private func year(of stamp: Any?) -> Int? { (stamp as? String).flatMap { Int($0.prefix(4)) } }

  @Test func anOfficeReadsOnThatWasRenewedWhileTheRegionWasAhead() throws {
    let place = try Workplace()
    try found(place, (store: "office", division: "540100", name: "拉萨市局"))
    let office = place["office"]
    try withRegion(place, days: 0) { address in
      try run("join", address, "--token", invite(place, "540100", "拉萨市局"), "--store", office)
    }
    let first = try #require(try run("status", "--store", office).object["certificate_expires"] as? String)
    try withRegion(place, days: 620) { address in
      for _ in 0..<2 { try run("sync", address, "--store", office) }
    }
    let renewed = try run("status", "--store", office).object["certificate_expires"] as? String
    #expect(renewed ?? "" > first)
    try place.add("校准之后", to: "region")
    try withRegion(place, days: 0) { address in
      let synced = try run("sync", address, "--store", office)
      #expect(synced.object["converged"] as? Bool == true && synced.err.isEmpty, "\(synced.err)")
      let told = try run("sync", address, "--store", office, words: true)
      #expect(told.err.isEmpty, "\(told.err)")
    }
    let rows = try run("office", "list", "--store", place["region"]).objects
    let seen = year(of: rows.first { $0["name"] as? String == "拉萨市局" }?["last_seen"])
    let now = Calendar(identifier: .gregorian).component(.year, from: Date())
    #expect(seen.map { abs($0 - now) <= 1 } == true, "\(rows)")
  }

  @Test func anOfficeReadsOnThatJoinedWhileTheRegionWasBehind() throws {
    let place = try Workplace()
    try found(place, (store: "office", division: "540100", name: "拉萨市局"))
    try withRegion(place, days: -9000) { address in
      let joined = try run(
        "join", address, "--token", invite(place, "540100", "拉萨市局", days: -9000), "--store",
        place["office"])
      #expect(joined.err.isEmpty, "\(joined.err)")
    }
    try withRegion(place, days: 0) { address in
      let synced = try run("sync", address, "--store", place["office"]).object
      #expect(synced["converged"] as? Bool == true, "\(synced)")
    }
  }

  /// The region gave the invitation out, and judges it; what this clock makes of the certificate is told.
  @Test(arguments: [100, 1100])
  func anInvitationIsJudgedByTheClockOfWhoGaveItOut(days: Int) throws {
    let place = try Workplace()
    try found(place, (store: "office", division: "540100", name: "拉萨市局"))
    try withRegion(place, days: 0) { address in
      let joined = try run(
        "join", address, "--token", invite(place, "540100", "拉萨市局"), "--store", place["office"],
        days: days, words: true)
      #expect(joined.err.contains("按本机时钟，刚取得的证书已于") == (days > 730), "\(joined.err)")
      try run("sync", address, "--store", place["office"], days: days)
    }
    let status = try run("status", "--store", place["office"], days: days, words: true).out
    let line = status.split(separator: "\n").first { $0.hasPrefix("时钟偏差") } ?? ""
    #expect(line.contains("本机快 \(days - 1) 天") || line.contains("本机快 \(days) 天"), "\(status)")
    let there = try run("status", "--store", place["region"], words: true).out
    #expect(there.contains("本机慢"), "\(there)")
  }

  @Test func whoEditsLastIsToldAsThatThoughTheRecordWasMadeByAClockAhead() throws {
    let place = try Workplace()
    try found(place, (store: "office", division: "540100", name: "拉萨市局"))
    let (office, region) = (place["office"], place["region"])
    try withRegion(place, days: 0) { address in
      try run("join", address, "--token", invite(place, "540100", "拉萨市局"), "--store", office)
      let added = try run(
        "add", "training", "--set", "title=原题", "--set", "date=2025-09-10", "--set", "plan_items=4.2",
        "--set", "organiser=市场监管局", "--set", "topic=standards", "--store", office, days: 3650)
      let id = try #require(added.object["id"] as? String)
      try run("sync", address, "--store", office)
      try run("edit", id, "--set", "title=区局改", "--store", region)
      try run("sync", address, "--store", office)
      for store in [office, region] {
        let shown = try run("show", id, "--store", store).object
        #expect(shown["updated_by"] as? String == "自治区局", "\(shown)")
        #expect(year(of: shown["updated_at"]) ?? 0 < year(of: shown["created_at"]) ?? 0, "\(shown)")
        let listed = try run("list", "--store", store).object
        #expect(listed["updated_by"] as? String == "自治区局", "\(listed)")
        let text = try run("show", id, "--store", store, words: true).out
        let line = text.split(separator: "\n").first { $0.hasPrefix("更新") } ?? ""
        #expect(line.contains("自治区局"), "\(text)")
      }
    }
  }
}

import Foundation
import Testing

/// Bad input has its exit code and its error object, and leaves nothing half-written.
@Suite(.offPool) struct BadInputTests {
  @Test func everyMistakeHasItsCode() throws {
    let place = try Workplace()
    let store = place["office"]
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", store)
    let good = [
      "--set", "title=会", "--set", "date=2025-09-01", "--set", "plan_items=4.2", "--set", "organiser=局",
    ]
    func expect(
      _ code: Int32, _ arguments: [String], _ error: String? = nil,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let result = try Program(arguments + ["--store", store]).finish()
      #expect(result.exitCode == code, "\(arguments): \(result.err)", sourceLocation: sourceLocation)
      #expect(result.errorCode != nil, "\(arguments): \(result.err)", sourceLocation: sourceLocation)
      if let error { #expect(result.errorCode == error, sourceLocation: sourceLocation) }
    }
    try expect(65, ["add", "festival"] + good, "unknown-kind")
    try expect(65, ["add", "training", "--set", "colour=red"] + good)
    try expect(65, ["add", "training", "--set", "topic=astrology"] + good)
    try expect(
      65,
      [
        "add", "training", "--set", "topic=standards", "--set", "title=会", "--set", "date=九月某日",
        "--set", "plan_items=4.2", "--set", "organiser=局",
      ], "not-a-date")
    try expect(65, ["add", "training", "--division", "999999", "--set", "topic=standards"] + good)
    try expect(
      77, ["add", "training", "--division", "540600", "--set", "topic=standards"] + good, "outside-scope")
    try expect(65, ["list", "--item", "9.9"])
    try expect(66, ["show", "0000dead"], "no-record")
    try expect(64, ["show"])
    try expect(64, ["edit", "0000dead", "--set", "no-equals-sign"], "usage")
    try expect(77, ["sync", "127.0.0.1:1"], "not-enrolled")
    try expect(77, ["join", "127.0.0.1:1", "--token", "tz1-mistyped"], "bad-token")
    try expect(66, ["sync", "nobody"], "no-peer")
    let other = try Program.run("show", "0000dead", "--store", place["nowhere"])
    #expect(other.exitCode == 66 && other.errorCode == "no-store")
    #expect(try Program.run("status", "--store", store).object["changes"] as? Int == 0)
  }

  @Test func filesThatAreNoLedgersAreRefusedWhole() throws {
    let place = try Workplace()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["office"])
    let files: [(String, [UInt8])] = [
      ("empty", []), ("binary", [0, 1, 2, 3, 255]), ("strange", Array("foo,bar\n1,2\n".utf8)),
      ("twice", Array("类别,标题,title\n培训,a,b\n".utf8)), ("json", Array("{\"title\":\n".utf8)),
    ]
    for (name, bytes) in files {
      try Data(bytes).write(to: URL(fileURLWithPath: place[name]))
      let result = try Program.run("import", place[name], "--store", place["office"])
      #expect(result.exitCode == 65, "\(name): \(result.err)")
      #expect(result.errorCode == "unreadable-file", "\(name)")
    }
    #expect(try Program.run("status", "--store", place["office"]).object["records"] as? Int == 0)
  }

  @Test func aTokenIsGoodOnceAndAnotherRegionIsNotTrusted() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let token =
      try Program.run(
        "office", "invite", "--division", "540200", "--name", "日喀则市局", "--store", place["region"]
      ).object["token"] as? String
    for (name, code) in [("first", Int32(0)), ("second", 77)] {
      try Program.run("init", "--division", "540200", "--name", name, "--store", place[name])
      let result = try Program.run("join", address, "--token", token ?? "", "--store", place[name])
      #expect(result.exitCode == code, "\(name): \(result.err)")
    }
    try Program.run("init", "--division", "540000", "--name", "另一区", "--region", "--store", place["other"])
    let refused = try Program.run("sync", address, "--store", place["other"])
    #expect(refused.exitCode == 77, "\(refused.err)")
    server.kill(SIGTERM)
    _ = server.finish()
  }
}

import Foundation
import Testing

/// An office that the receiver has never heard of: its records wait, and appear when its certificate comes by
/// another way.
@Suite(.serialized, .offPool) struct LateCertificateTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  private func end(_ programs: Program...) {
    for program in programs {
      program.kill(SIGTERM)
      _ = program.finish()
    }
  }

  private func quarantined(_ store: String) throws -> Int? {
    try Program.run("status", "--store", place[store]).object["quarantined"] as? Int
  }

  /// A prefecture that enrols; a county's first computer, which the region enrolled; its second one, which the prefecture
  /// did and the region has not heard of. What the second wrote reaches the first alone.
  private func scene() throws -> (region: Program, address: String) {
    try Program.run("init", "--division", "540000", "--name", "自治区局", "--region", "--store", place["region"])
    let (region, address) = try place.served()
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", place["lhasa"])
    let token = try #require(
      try Program.run(
        "office", "invite", "--division", "540100", "--name", "拉萨市局", "--may-enrol", "--store",
        place["region"]
      ).object["token"] as? String)
    #expect(try Program.run("join", address, "--token", token, "--store", place["lhasa"]).exitCode == 0)
    try place.join("first", division: "540121", name: "林周县局", at: address)
    let (hub, hubAddress) = try place.serve("lhasa")
    try Program.run("init", "--division", "540121", "--name", "林周县局二号", "--store", place["second"])
    let other = try #require(
      try Program.run(
        "office", "invite", "--division", "540121", "--name", "林周县局二号", "--store", place["lhasa"]
      ).object["token"] as? String)
    #expect(try Program.run("join", hubAddress, "--token", other, "--store", place["second"]).exitCode == 0)
    end(hub)
    try place.add("二号所录", to: "second")
    let (first, firstAddress) = try place.serve("first")
    let handed = try Program.run("sync", firstAddress, "--store", place["second"])
    #expect(handed.exitCode == 0, "\(handed.err)")
    end(first)
    #expect(try place.titles(in: "first") == ["二号所录"])
    return (region, address)
  }

  private func expectWaiting() throws {
    #expect(try quarantined("region") == 1)
    let line = try Program.run("quarantine", "--store", place["region"]).object
    #expect(line["reason"] as? String == "unknown-author")
    let words = try Program(["quarantine", "--lang", "zh", "--store", place["region"]], json: false).finish()
      .out
    // Nobody stands above the region to synchronise with.
    #expect(words.contains("没有其作者的有效证书") && words.contains("taizhang office list"), "\(words)")
    #expect(!words.contains("上级"), "\(words)")
    #expect(try place.titles(in: "region").isEmpty)
  }

  private func expectReleased() throws {
    #expect(try quarantined("region") == 0)
    #expect(try Program.run("quarantine", "--store", place["region"]).out.isEmpty)
    #expect(try place.titles(in: "region") == ["二号所录"])
    #expect(try Program.run("verify", "--store", place["region"]).exitCode == 0)
  }

  @Test func whatWaitedAppearsWhenTheCertificateComesOverAWatch() throws {
    let (region, address) = try scene()
    let watcher = try Program(["sync", "--watch", address, "--store", place["first"]])
    // The region sets aside what it cannot judge, and says so.
    #expect(
      watcher.line { $0["sent"] as? Int ?? 0 > 0 && $0["converged"] as? Bool == false } != nil,
      "\(watcher.errorText)")
    try expectWaiting()
    let enroller = try Program(["sync", "--watch", address, "--store", place["lhasa"]])
    #expect(enroller.line { $0["sent"] as? Int ?? 0 > 0 } != nil, "\(enroller.errorText)")
    try expectReleased()
    // What the second computer writes from now on goes the same way at once.
    try place.add("此后", to: "first")
    #expect(watcher.line { $0["sent"] as? Int ?? 0 > 0 } != nil, "\(watcher.errorText)")
    end(watcher, enroller, region)
    #expect(try place.titles(in: "region").count == 2)
  }

  @Test func whatWaitedAppearsWhenTheCertificateComesInABundle() throws {
    let (region, _) = try scene()
    end(region)
    for (store, code) in [("first", Int32(1)), ("lhasa", 0)] {
      if store == "lhasa" { try expectWaiting() }
      let file = place[store + ".tzb"]
      let made = try Program.run("bundle", "create", "--for", "自治区局", "-o", file, "--store", place[store])
      #expect(made.exitCode == 0, "\(made.err)")
      let merged = try Program.run("merge", file, "--store", place["region"])
      #expect(merged.exitCode == code, "\(store): \(merged.out) \(merged.err)")
    }
    try expectReleased()
    // The first bundle once more changes nothing and leaves nothing out.
    let again = try Program.run("merge", place["first.tzb"], "--store", place["region"])
    #expect(again.exitCode == 0, "\(again.err)")
  }
}

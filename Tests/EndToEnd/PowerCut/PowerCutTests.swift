import Foundation
import TestSupport
import Testing

/// Invariant 2 (durability), the half of it that no kill shows: whatever moment the power is cut in, and whatever the
/// disk then has of what nobody had asked it to be done with, nothing reported is lost.
@Suite(.offPool) struct PowerCutTests {
  private static let training = [
    "--set", "date=2025-09-10", "--set", "plan_items=4.2", "--set", "organiser=市场监管局", "--set",
    "topic=standards",
  ]

  private func initialise(_ place: TracedWorkplace, _ store: String, region: Bool = false) throws {
    place.claimsBefore("init of \(store) can be done again") { left in
      let status = try left.run("status", in: store)
      guard [0, 66].contains(status.exitCode) else { return "status: \(status.exitCode) \(status.err)" }
      // Unless it had come to its end and only not said so.
      let again = try left.run("init", "--division", "540100", "--name", "某局", in: store)
      let verified = try left.run("verify", in: store)
      return again.exitCode == (status.exitCode == 0 ? 65 : 0) && verified.exitCode == 0
        ? nil : "init: \(again.exitCode) \(again.err), verify: \(verified.out) \(verified.err)"
    }
    let made =
      region
      ? try place.run("init", "--division", "540000", "--name", "自治区局", "--region", in: store)
      : try place.run("init", "--division", "540100", "--name", "拉萨市局", in: store)
    try place.endsBeforeReport("init of \(store) can be done again")
    place.claimsStore(store, node: try #require(made.object["node"] as? String))
  }

  private func add(_ title: String, _ place: TracedWorkplace, in store: String) throws -> String {
    let t = PowerCutTests.training
    let added = try place.run(
      "add", "training", "--set", "title=\(title)", t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7], in: store)
    let id = try #require(added.object["id"] as? String)
    place.claimsRecord(id, in: store, title)
    return id
  }

  private func edit(_ id: String, _ title: String, _ place: TracedWorkplace, in store: String) throws {
    try place.withdraws("record \(id) in \(store)")
    try place.run("edit", id, "--set", "title=\(title)", in: store)
    place.claimsRecord(id, in: store, title)
  }

  @Test func invariant2AStoreIsThereOnceItIsReported() throws {
    let place = try TracedWorkplace()
    try initialise(place, "new/folder/region", region: true)
    try place.check(seed: 1, more: 8)
  }

  @Test func invariant2WhatIsEnteredAndImportedIsThereOnceItIsReported() throws {
    let place = try TracedWorkplace()
    try initialise(place, "office")
    try place.beginsHere()
    let id = try add("原题", place, in: "office")
    try edit(id, "新题", place, in: "office")
    var ledger = "类别,标题,日期,计划条目,组织单位,培训主题\n"
    for number in 0..<40 { ledger += "培训,第\(number)场,2025-09-10,4.2,市场监管局,standards\n" }
    ledger += "培训,坏行,不是日期,4.2,市场监管局,standards\n"
    let path = try place.outside("a.csv", Data(ledger.utf8))
    try place.run("import", path, "--rejects", place["退回.csv"], in: "office", exits: 1)
    place.claimsRecords(41, in: "office")
    try place.claimsFile("退回.csv")
    try place.run("export", "-o", place["导出.csv"], in: "office")
    try place.claimsFile("导出.csv")
    try place.check(seed: 2)
  }

  @Test func invariant2WhatWasAnsweredIsThereOnceTheNextQuestionIsAsked() throws {
    let place = try TracedWorkplace()
    try initialise(place, "office")
    try place.beginsHere()
    let terminal = try Terminal(
      ["add", "training", "--store", place["office"]], environment: try place.environment())
    terminal.wait(for: "1/15")
    terminal.type("宣贯会")
    terminal.wait(for: "2/15")
    try place.reportsHere()
    let drafts = try FileManager.default.contentsOfDirectory(atPath: place["office/drafts"])
    try #require(drafts.count == 1)
    try place.claimsFile("office/drafts/" + drafts[0])
    terminal.kill(SIGKILL)
    _ = terminal.finish()
    try place.check(seed: 7)
  }

  /// A server has the store open, so that no file beside it comes and goes with the commands.
  @Test func invariant2AttachmentsAreThereOnceTheyAreReportedAndGoneOnceTheyAreErased() throws {
    let place = try TracedWorkplace()
    try initialise(place, "region", region: true)
    let server = try place.start("serve", "--listen", "127.0.0.1:0", in: "region")
    #expect(server.line().contains("listening"))
    let id = try add("有照片", place, in: "region")
    try place.beginsHere()
    let photo = Data(TestContent.bytes(9000, seed: 1))
    let scan = Data(TestContent.bytes(5000, seed: 2))
    try place.run(
      "attach", id, try place.outside("现场.jpg", photo), try place.outside("签到表.pdf", scan), in: "region")
    place.claimsAttachment("现场.jpg", of: id, in: "region", photo)
    place.claimsAttachment("签到表.pdf", of: id, in: "region", scan)
    try place.withdraws("attachment 现场.jpg in region")
    try place.run("attachment", "erase", id, "现场.jpg", "--reason", "有人脸", "--yes", in: "region")
    place.claimsErased(photo, in: "region")
    server.end()
    try place.check(seed: 3)
  }

  @Test func invariant2WhatWasReceivedIsThereOnceTheSenderHasItsReceipt() throws {
    let place = try TracedWorkplace()
    try initialise(place, "region", region: true)
    try initialise(place, "office")
    try place.beginsHere()
    let server = try place.start("serve", "--listen", "127.0.0.1:0", in: "region")
    let line = try JSONSerialization.jsonObject(with: Data(server.line().utf8)) as? [String: Any]
    let address = try #require(line?["address"] as? String)
    let invited = try place.run("office", "invite", "--division", "540100", "--name", "拉萨市局", in: "region")
    let token = try #require(invited.object["token"] as? String)
    place.claimsBefore("who is enrolled knows whom to send to") { left in
      let status = try left.run("status", in: "office")
      guard status.object["enrolled"] as? Bool == true else { return nil }
      let peers = try left.run("peer", "list", in: "office")
      return peers.objects.contains { $0["address"] as? String == address } ? nil : peers.out + peers.err
    }
    try place.run("join", address, "--token", token, in: "office")
    place.claims("office is enrolled") { left in
      let status = try left.run("status", in: "office")
      guard status.object["enrolled"] as? Bool == true else { return status.out + status.err }
      let offices = try left.run("office", "list", in: "region")
      return offices.objects.contains { $0["name"] as? String == "拉萨市局" } ? nil : offices.out
    }
    let id = try add("培训会", place, in: "office")
    let photo = Data(TestContent.bytes(9000, seed: 3))
    try place.run("attach", id, try place.outside("现场.jpg", photo), in: "office")
    try place.run("sync", in: "office")
    place.claimsRecord(id, in: "region", "培训会")
    place.claimsAttachment("现场.jpg", of: id, in: "region", photo)
    try place.withdraws("record \(id) in office")
    try edit(id, "区局改", place, in: "region")
    try place.run("sync", in: "office")
    place.claimsRecord(id, in: "office", "区局改")
    server.end()
    try place.check(seed: 4)
  }

  @Test func invariant2SticksAndBackupsAreWholeOnceTheyAreReported() throws {
    let place = try TracedWorkplace()
    try initialise(place, "region", region: true)
    try initialise(place, "office")
    try place.beginsHere()
    try place.run("join", "--request", place["申请.csr"], in: "office")
    try place.claimsFile("申请.csr")
    try place.run("office", "sign", place["申请.csr"], "-o", place["证书.pem"], in: "region")
    try place.claimsFile("证书.pem")
    try place.run("join", "--certificate", place["证书.pem"], in: "office")
    place.claims("office is enrolled") { left in
      let status = try left.run("status", in: "office")
      return status.object["enrolled"] as? Bool == true ? nil : status.out + status.err
    }
    let id = try add("在路上", place, in: "office")
    try place.run("bundle", "create", "-o", place["拉萨.tzb"], in: "office")
    try place.claimsFile("拉萨.tzb")
    try place.run("merge", place["拉萨.tzb"], in: "region")
    place.claimsRecord(id, in: "region", "在路上")
    try place.run("backup", place["台账.backup"], in: "region")
    try place.claimsFile("台账.backup")
    place.claimsBefore("restoring can be done again") { left in
      let again = try left.run("restore-backup", left.path + "/台账.backup", in: "restored")
      let verified = try left.run("verify", in: "restored")
      return [0, 65].contains(again.exitCode) && verified.exitCode == 0
        ? nil : "restore: \(again.exitCode) \(again.err), verify: \(verified.out) \(verified.err)"
    }
    try place.run("restore-backup", place["台账.backup"], in: "restored")
    place.claimsRecord(id, in: "restored", "在路上")
    try place.check(seed: 5)
  }

  @Test func invariant2WhatWasRedactedDoesNotComeBack() throws {
    let place = try TracedWorkplace()
    try initialise(place, "region", region: true)
    let id = try add("身份证540102199001011234", place, in: "region")
    try place.beginsHere()
    try place.withdraws("record \(id) in region")
    try place.run("redact", id, "--field", "title", "--reason", "个人信息", "--yes", in: "region")
    place.claimsErased(Data("540102199001011234".utf8), in: "region")
    try place.check(seed: 6)
  }

  /// The check itself: of a disk that does not do what it is asked to, it complains.
  @Test(arguments: [DiskModel.Syncing.losesContents, .losesNames])
  func aDiskThatLosesWhatWasSyncedIsNoticed(syncing: DiskModel.Syncing) throws {
    let place = try TracedWorkplace()
    try initialise(place, "office")
    _ = try add("丢失", place, in: "office")
    let cuts = place.cuts(more: 0, seed: 0)
    #expect(try place.complaints(cuts, syncing: .honest) == [])
    let complaints = try place.complaints(cuts, syncing: syncing)
    #expect(complaints.contains { $0.hasPrefix("store office") }, "\(complaints)")
    #expect(complaints.contains { $0.hasPrefix("record") }, "\(complaints)")
  }
}

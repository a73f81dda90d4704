import Foundation
import Testing

/// `move`, and joining into another division than a store was made for, as people do them.
@Suite(.offPool) struct MoveTests {
  @Test func moveTellsBothSidesOfIt() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let old = try place.add("宣贯会", to: "office")
    let store = place["office"]
    let moved = try Program.run("move", old, "--division", "城关区", "--store", store, "--operator", "扎西")
    #expect(moved.exitCode == 0, "\(moved.err)")
    let new = try #require(moved.object["id"] as? String)
    #expect(moved.object["division"] as? String == "540102" && new != old)
    #expect(
      (moved.object["fields"] as? [String: Any])?["title"] as? String == "宣贯会"
        && moved.object["deleted"] as? Bool == false)
    let former = try Program.run("show", old, "--store", store)
    #expect(former.object["deleted"] as? Bool == true)
    #expect(
      try Program(["show", old, "--store", store, "--lang", "en"], json: false).finish().out.contains(new))
    #expect(
      try Program(["show", new, "--store", store, "--lang", "zh"], json: false).finish().out.contains("迁自"))
    func history(_ id: String, _ field: String) throws -> [String?] {
      try Program.run("history", id, "--store", store).objects.filter { $0["field"] as? String == field }
        .map { $0["to"] as? String }
    }
    #expect(try history(new, "origin") == [old])
    #expect(try history(old, "heir") == [new])
    let deletion = try Program.run("history", old, "--store", store).objects.last {
      $0["field"] as? String == "deleted"
    }
    #expect(deletion?["to"] as? Bool == true && deletion?["resolves"] as? Bool == false)
    // The same again: it is there.
    let again = try Program.run("move", new, "--division", "540102", "--store", store)
    #expect(again.exitCode == 0 && again.object["id"] as? String == new)
    let changes = try Program.run("status", "--store", store).object["changes"] as? Int
    let gone = try Program.run("edit", old, "--set", "place=广场", "--store", store)
    #expect(gone.exitCode == 65 && gone.err.contains(new), "\(gone.err)")
    for (division, code) in [("540600", Int32(77)), ("999999", 65)] {
      let refused = try Program.run("move", new, "--division", division, "--store", store)
      #expect(refused.exitCode == code, "\(division): \(refused.err)")
    }
    #expect(try Program.run("move", "ffffffff", "--division", "540102", "--store", store).exitCode == 66)
    #expect(try Program.run("status", "--store", store).object["changes"] as? Int == changes)
    #expect(try Program.run("sync", address, "--store", store).exitCode == 0)
    let there = try Program.run("list", "--store", place["region"]).objects
    #expect(there.compactMap { $0["id"] as? String } == [new])
  }

  /// What was recorded before joining is in the certificate's division afterwards, and is handed in.
  private func check(_ place: Workplace, _ old: String, to address: String, _ comment: Comment) throws {
    let store = place["new"]
    let records = try Program.run("list", "--store", store).objects
    #expect(records.compactMap { $0["division"] as? String } == ["540600", "540600"], comment)
    let synced = try Program.run("sync", address, "--store", store)
    #expect(synced.exitCode == 0 && synced.object["converged"] as? Bool == true, "\(comment): \(synced.err)")
    let status = try Program.run("status", "--store", store).object
    #expect(status["unsent"] as? Int == 0 && status["quarantined"] as? Int == 0, comment)
    #expect(status["division"] as? String == "540600", comment)
    #expect(try place.titles(in: "region").sorted() == ["第一场", "第二场"], comment)
    #expect(try Program.run("verify", "--store", store).exitCode == 0, comment)
    let former = try Program(["show", old, "--store", store, "--lang", "en"], json: false).finish().out
    #expect(former.contains("Moved to"), comment)
    let told = try Program(["status", "--store", store, "--lang", "zh"], json: false).finish().out
    #expect(told.contains("只留本机"), comment)
  }

  @Test func joiningIntoAnotherDivisionOnlineAndByFiles() throws {
    for byFiles in [false, true] {
      let place = try Workplace()
      let (server, address) = try place.region()
      defer { server.kill(SIGTERM) }
      try Program.run("init", "--division", "540102", "--name", "新局", "--store", place["new"])
      let old = try place.add("第一场", to: "new")
      try place.add("第二场", to: "new")
      if byFiles {
        #expect(try Program.run("join", "--request", place["a.csr"], "--store", place["new"]).exitCode == 0)
        let signed = try Program.run(
          "office", "sign", place["a.csr"], "--division", "那曲市", "-o", place["a.pem"], "--store",
          place["region"])
        #expect(signed.exitCode == 0, "\(signed.err)")
        let taken = try Program.run("join", "--certificate", place["a.pem"], "--store", place["new"])
        #expect(taken.exitCode == 0 && taken.object["division"] as? String == "540600", "\(taken.err)")
      } else {
        try place.join("new", division: "540600", name: "新局", at: address)
      }
      try check(place, old, to: address, byFiles ? "by files" : "online")
    }
  }

  /// Invariant 2: killed while it joins, the next command goes on, and every record is there once.
  @Test func invariant2KilledWhileJoiningLosesNothing() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let rows = 3000
    let ledger = try place.ledger("a.csv", rows: rows)
    var hits = 0
    for round in 0..<4 {
      let store = place["new\(round)"]
      try Program.run("init", "--division", "540102", "--name", "局\(round)", "--store", store)
      #expect(try Program.run("import", ledger, "--store", store).exitCode == 0)
      let token = try #require(
        try Program.run(
          "office", "invite", "--division", "540600", "--name", "局\(round)", "--store", place["region"]
        ).object["token"] as? String)
      let join = try Program(["join", address, "--token", token, "--store", store])
      // The records follow the certificate.
      let isUnderWay = join.waits { FileManager.default.fileExists(atPath: store + "/identity/node.crt") }
      join.kill(SIGKILL)
      if isUnderWay, join.finish().exitCode == -SIGKILL { hits += 1 }
      let again = try Program.run("join", address, "--token", token, "--store", store)
      #expect(again.exitCode == 0, "\(again.err)")
      let status = try Program.run("status", "--store", store).object
      #expect(
        status["records"] as? Int == rows && status["division"] as? String == "540600", "round \(round)")
      #expect(try Program.run("list", "--division", "540102", "--store", store).objects.isEmpty)
      #expect(try Program.run("verify", "--store", store).exitCode == 0)
    }
    #expect(hits >= 2, "only \(hits) of 4 kills hit a join that was under way")
  }
}

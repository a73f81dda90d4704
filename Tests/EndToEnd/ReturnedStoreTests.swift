import Foundation
import Testing

/// Stores that went back to an earlier state, or are there twice, with real processes and a network: nothing is lost,
/// nothing counts twice, and both sides say what happened.
@Suite(.serialized, .offPool) struct ReturnedStoreTests {
  private let place: Workplace

  init() throws { place = try Workplace() }

  @discardableResult
  private func sync(_ store: String) throws -> [String: Any] {
    let line = try place.run("sync", in: store).object
    #expect(line["converged"] as? Bool == true, "\(line)")
    return line
  }

  private func text(_ arguments: String..., in store: String) throws -> (out: String, err: String) {
    let result = try Program(arguments + ["--lang", "zh", "--store", place[store]], json: false).finish()
    #expect(result.exitCode == 0, "\(result.err)")
    return (result.out, result.err)
  }

  private func restored(_ store: String) throws -> [String: Any] {
    try #require(try place.status(store)["restored"] as? [String: Any])
  }

  private func expectAlike(_ stores: String..., location: SourceLocation = #_sourceLocation) throws {
    let prints = Set(try stores.map { try place.status($0, over: "540100")["fingerprint"] as? String })
    #expect(prints.count == 1, sourceLocation: location)
    for store in stores { try place.run("verify", in: store, location: location) }
  }

  /// Invariant 3: a disk that was cloned byte for byte lies in the same place by all that a machine says of itself: the
  /// two computers, in turns, are one folder whose file is another each time.
  @Test func invariant3AClonedDiskAndItsOriginalBothGoOn() throws {
    let (server, _) = try place.region()
    let shared = try place.add("共有", to: "office")
    try sync("office")
    let files = StoreFiles(place["office"])
    var disks = [files.saved(), files.saved()]
    for round in 0..<2 {
      for (disk, name) in [(0, "原机"), (1, "克隆")] {
        try files.putBack(disks[disk])
        try place.add("\(name)\(round)", to: "office")
        try place.run("edit", shared, "--set", "place=\(name)\(round)", in: "office")
        let told = try text("sync", in: "office").err
        if round == 0, disk == 1 {
          #expect(told.contains("退回到较早的状态") && told.contains("另有一份相同的库"), "\(told)")
        }
        disks[disk] = files.saved()
      }
    }
    for disk in [0, 1, 0] {
      try files.putBack(disks[disk])
      try sync("office")
      disks[disk] = files.saved()
    }
    let all = ["共有", "原机0", "原机1", "克隆0", "克隆1"].sorted()
    for store in ["office", "region"] { #expect(try place.titles(in: store) == all) }
    try expectAlike("office", "region")
    // The second round forked nothing more: they are two stores by then.
    #expect(try place.status("region")["forked_logs"] as? Int == 1)
    #expect(try place.run("conflicts", in: "region").objects.map { $0["field"] as? String } == ["place"])
    server.end()
  }

  /// An office that is restored from an old backup gets its own history back, whether it went on before that or not.
  @Test(arguments: [false, true])
  func invariant3ARestoredOfficeLosesNothing(hasGoneOn: Bool) throws {
    let (server, _) = try place.region()
    try place.add("备份之前", to: "office")
    try sync("office")
    try place.run("backup", place["b"], in: "office")
    try place.add("备份之后", to: "office")
    try sync("office")
    try Program.run("restore-backup", place["b"], "--store", place["back"])
    if hasGoneOn { try place.add("恢复之后", to: "back") }
    let first = try sync("back")
    // What the region handed back it has: that does not go out again.
    #expect(first["regained"] as? Int == 1 && first["sent"] as? Int == (hasGoneOn ? 1 : 0), "\(first)")
    let expected = (["备份之前", "备份之后"] + (hasGoneOn ? ["恢复之后"] : [])).sorted()
    for store in ["back", "region"] { #expect(try place.titles(in: store) == expected) }
    try expectAlike("back", "region")
    #expect(try place.status("region")["forked_logs"] as? Int == 0)
    let status = try restored("back")
    #expect(status["cause"] as? String == "backup" && (status["awaited"] as? [String])?.isEmpty == true)
    #expect(try sync("back")["sent"] as? Int == 0)
    server.end()
  }

  /// A region that is restored says whom it has not heard of, and how much of what it signed for is back.
  @Test func invariant2ARestoredRegionIsGivenBackWhatItLost() throws {
    let (server, address) = try place.region()
    try place.join("other", division: "540200", name: "日喀则市局", at: address)
    for store in ["office", "other"] { try sync(store) }
    try place.run("backup", place["b"], in: "region")
    for store in ["office", "other"] {
      try place.add("之后", to: store)
      try sync(store)
    }
    server.end()
    try Program.run("restore-backup", place["b"], "--store", place["again"])
    let (second, _) = try place.serve("again", at: address)
    #expect(try restored("again")["awaited"] as? [String] == ["拉萨市局", "日喀则市局"].sorted())
    let told = try text("sync", in: "office").err
    #expect(told.contains("1 项已重新送出"), "\(told)")
    var status = try restored("again")
    #expect(status["back"] as? Int == 1 && status["awaited"] as? [String] == ["日喀则市局"])
    #expect(try sync("other")["sent_again"] as? Int == 1)
    status = try restored("again")
    #expect(status["back"] as? Int == 2 && status["out"] as? Int == 0)
    #expect((status["awaited"] as? [String])?.isEmpty == true)
    #expect(try text("status", in: "again").out.contains("已补齐"))
    #expect(try place.titles(in: "again") == ["之后", "之后"])
    second.end()
  }

  /// Processes of one store take turns: one log, nothing forked, all of it there.
  @Test func twoProcessesOfOneStoreWriteOneLog() throws {
    let (server, _) = try place.region()
    let adding = try (0..<8).map { number in
      try Program([
        "add", "training", "--set", "title=第\(number)场", "--set", "date=2025-09-10", "--set",
        "plan_items=4.2",
        "--set", "organiser=市场监管局", "--set", "topic=standards", "--store", place["office"],
      ])
    }
    for program in adding { #expect(program.finish().exitCode == 0) }
    try sync("office")
    for store in ["office", "region"] {
      #expect(try place.titles(in: store).count == 8)
      #expect(try place.status(store)["forked_logs"] as? Int == 0)
    }
    try expectAlike("office", "region")
    server.end()
  }
}

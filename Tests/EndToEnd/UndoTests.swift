import Foundation
import Testing

/// A resolution is taken back: the candidates are open again everywhere, and can be settled anew.
@Suite(.offPool) struct UndoTests {
  /// A region and an office that changed the same field apart, and have synced since.
  private func conflict(in place: Workplace) throws -> (server: Program, address: String, id: String) {
    let (server, address) = try place.region()
    let id = try place.add("原题", to: "office")
    try sync(place, address)
    for (store, title) in [("region", "区局题"), ("office", "拉萨题")] {
      try Program.run("edit", id, "--set", "title=\(title)", "--operator", title, "--store", place[store])
    }
    try sync(place, address)
    return (server, address, id)
  }

  private func sync(_ place: Workplace, _ address: String) throws {
    let result = try Program.run("sync", address, "--store", place["office"])
    #expect(result.exitCode == 0, "\(result.err)")
  }

  private func candidates(_ place: Workplace, _ store: String) throws -> [[String: Any]] {
    let open = try Program.run("conflicts", "--store", place[store])
    return open.object["candidates"] as? [[String: Any]] ?? []
  }

  @Test func anUndoneResolutionIsOpenAgainOnBothSidesAndCanBeSettledAnew() throws {
    let place = try Workplace()
    let (server, address, id) = try conflict(in: place)
    let before = try candidates(place, "region")
    #expect(Set(before.compactMap { $0["value"] as? String }) == ["区局题", "拉萨题"])

    try Program.run("conflicts", "resolve", id, "title", "--value", "第三题", "--store", place["region"])
    try sync(place, address)
    #expect(try candidates(place, "office").isEmpty)

    // The other side takes it back, by the field's label.
    let undone = try Program.run("conflicts", "undo", id, "标题", "--store", place["office"])
    #expect(undone.exitCode == 0, "\(undone.err)")
    #expect(undone.object["conflicts"] as? [String] == ["title"])
    try sync(place, address)
    for store in ["region", "office"] {
      let after = try candidates(place, store)
      #expect(after.count == 2, "\(store)")
      for key in ["value", "office", "operator", "at"] {
        #expect(after.map { $0[key] as? String } == before.map { $0[key] as? String }, "\(store) \(key)")
      }
    }
    let fingerprints = try ["region", "office"].map {
      try Program.run("status", "--division", "540100", "--store", place[$0]).object["fingerprint"] as? String
    }
    #expect(fingerprints[0] == fingerprints[1])

    let again = try Program.run("conflicts", "undo", id, "title", "--store", place["office"])
    #expect(again.exitCode == 65 && again.errorCode == "no-resolution", "\(again.err)")
    let wanted = try #require(before.first { $0["value"] as? String == "区局题" }?["n"] as? Int)
    let settled = try Program.run(
      "conflicts", "resolve", id, "title", "--take", "\(wanted)", "--store", place["region"])
    #expect((settled.object["fields"] as? [String: Any])?["title"] as? String == "区局题")
    try sync(place, address)
    #expect(try candidates(place, "office").isEmpty)
    #expect(try place.titles(in: "office") == ["区局题"])
    try history(of: id, in: place)
    #expect(try Program.run("verify", "--store", place["office"]).exitCode == 0)
    server.kill(SIGTERM)
    _ = server.finish()
  }

  private func history(of id: String, in place: Workplace) throws {
    let lines = try Program.run("history", id, "--store", place["office"]).objects.filter {
      $0["field"] as? String == "title"
    }
    #expect(lines.suffix(3).map { $0["resolves"] as? Bool } == [true, false, true])
    #expect(Set(lines[lines.count - 2]["to"] as? [String] ?? []) == ["区局题", "拉萨题"])
    let words = try Program(["history", id, "--store", place["office"], "--lang", "zh"], json: false).finish()
      .out
    #expect(words.contains("撤销裁定，“标题”重新待定：") && words.contains("裁定“标题”为“区局题”"), "\(words)")
  }

  @Test func whatWasEditedSinceIsNotTakenBack() throws {
    let place = try Workplace()
    let (server, _, id) = try conflict(in: place)
    let none = try Program.run("conflicts", "undo", id, "title", "--store", place["region"])
    #expect(none.exitCode == 65 && none.errorCode == "no-resolution", "\(none.err)")
    try Program.run("conflicts", "resolve", id, "title", "--take", "1", "--store", place["region"])
    try Program.run("edit", id, "--set", "title=后来的题", "--store", place["region"])
    let late = try Program.run("conflicts", "undo", id, "title", "--store", place["region"])
    #expect(late.exitCode == 65 && late.errorCode == "no-resolution", "\(late.err)")
    for field in ["deleted", "nothing"] {
      let other = try Program.run("conflicts", "undo", id, field, "--store", place["region"])
      #expect(other.exitCode == 65, "\(other.err)")
    }
    server.kill(SIGTERM)
    _ = server.finish()
  }
}

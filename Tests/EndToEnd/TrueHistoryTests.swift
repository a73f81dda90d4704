import Foundation
import Testing

/// What `history` says of edits made apart is what their authors did and saw.
@Suite(.offPool) struct TrueHistoryTests {
  private func story(_ id: String, _ place: Workplace) throws -> [String] {
    let told = try Program(["history", id, "--lang", "zh", "--store", place["region"]], json: false).finish()
    return told.out.split(separator: "\n").map(String.init)
  }

  @Test func aMoveIsToldOnceAndByWhomItWas() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let id = try place.add("会", to: "office")
    try place.run("sync", address, in: "office")
    try place.run("edit", id, "--set", "place=礼堂", in: "region")
    try place.run("move", id, "--division", "540102", in: "office")
    try place.run("sync", address, in: "office")
    try place.run("conflicts", "resolve", id, "deleted", "--value", "yes", in: "region")
    let told = try story(id, place)
    let moves = told.filter { $0.contains("把记录迁往") }
    #expect(moves.count == 1 && moves.allSatisfy { $0.contains("拉萨市局把记录迁往") }, "\(told)")
    #expect(told.last?.contains("自治区局裁定删除记录") == true, "\(told)")
  }

  @Test func ofEditsBesideADeletionEachIsToldAsUnseen() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let id = try place.add("会", to: "office")
    try place.run("sync", address, in: "office")
    try place.run("delete", id, in: "region")
    try place.run("edit", id, "--set", "place=礼堂", in: "office")
    try place.run("edit", id, "--set", "notes=雨天改期", in: "office")
    try place.run("sync", address, in: "office")
    let told = try story(id, place).suffix(2)
    #expect(told.first?.contains("填写“地点”为“礼堂”，当时没有看到记录已被删除") == true, "\(told)")
    #expect(told.last?.contains("填写“备注”为“雨天改期”，删除记录时也没有看到这项改动") == true, "\(told)")
  }

  @Test func ofASetIsToldWhatItsAuthorDid() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let id = try place.add("会", to: "office")
    try place.run("edit", id, "--set", "co_organisers=甲", in: "office")
    try place.run("sync", address, in: "office")
    try place.run("edit", id, "--set", "co_organisers=甲,乙", in: "office")
    try place.run("edit", id, "--set", "co_organisers=丙", in: "region")
    try place.run("sync", address, in: "office")
    let told = try story(id, place).suffix(3)
    #expect(told.contains { $0.contains("拉萨市局填写“联合单位”为“甲”") }, "\(told)")
    #expect(told.contains { $0.contains("拉萨市局给“联合单位”加上“乙”，现为“") }, "\(told)")
    #expect(told.last?.contains("自治区局从“联合单位”中去掉“甲”、加上“丙”，现为“") == true, "\(told)")
    let line = try place.run("history", id, in: "region").objects.last
    #expect(line?["added"] as? [String] == ["丙"] && line?["removed"] as? [String] == ["甲"], "\(line ?? [:])")
    #expect(told.last?.contains("由") == false, "nobody replaced what others had added: \(told)")
  }

  @Test func aRecordMovedWithAConflictTellsOfNoDecisionTakenBack() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let id = try place.add("会", to: "office")
    try place.run("sync", address, in: "office")
    try place.run("edit", id, "--set", "place=礼堂", "--operator", "扎西", in: "office")
    try place.run("edit", id, "--set", "place=广场", "--operator", "卓玛", in: "region")
    try place.run("sync", address, in: "office")
    let moved = try place.run("move", id, "--division", "540102", in: "region")
    let new = try #require(moved.object["id"] as? String)
    let told = try story(new, place)
    #expect(!told.contains { $0.contains("撤销") }, "\(told)")
    #expect(told.contains { $0.contains("照迁移前的样子保留“地点”的分歧，待裁定：“") }, "\(told)")
    let open = try place.run("conflicts", in: "region").objects
    let candidates = try #require(open.first?["candidates"] as? [[String: Any]])
    #expect(Set(candidates.map { $0["operator"] as? String }) == ["扎西", "卓玛"])
    #expect(Set(candidates.map { $0["office"] as? String }) == ["拉萨市局", "自治区局"])
    #expect(Set(candidates.map { $0["division"] as? String }) == ["540100", "540000"])
  }
}

import Foundation
import TestSupport
import Testing

/// What a merge tells, and what it tells before it does anything.
@Suite(.offPool) struct MergeAccountTests {
  private func scene() throws -> Workplace {
    let place = try Workplace()
    let (server, _) = try place.region()
    server.end()
    let id = try place.add("标准宣贯会", to: "office")
    try Data(TestContent.bytes(1000, seed: 1)).write(to: URL(fileURLWithPath: place["甲.jpg"]))
    try place.run("attach", id, place["甲.jpg"], in: "office")
    return place
  }

  /// A place that nobody can write to is told while nothing is done yet.
  @Test func anAccountThatCannotBeWrittenIsToldFirst() throws {
    let place = try scene()
    try place.run("bundle", "create", "-o", place["a.tzb"], in: "office")
    let before = try place.status("region")["changes"] as? Int
    let failed = try place.run(
      "merge", place["a.tzb"], "--report", place["none/合并.html"], in: "region", exits: 74)
    #expect(failed.errorCode == "file", "\(failed.err)")
    #expect(try place.status("region")["changes"] as? Int == before)
  }

  /// Photos are counted where they are carried and where they come in, also where nothing else does.
  @Test func photosAreCounted() throws {
    let place = try scene()
    try place.run("bundle", "create", "-o", place["without.tzb"], in: "office")
    let made = try place.run("bundle", "create", "--attachments", "-o", place["with.tzb"], in: "office")
    #expect(made.object["attachments"] as? Int == 1)
    let told = try Program(["bundle", "inspect", place["with.tzb"]]).finish()
    #expect(told.object["attachments"] as? Int == 1, "\(told.out)")
    try place.run("merge", place["without.tzb"], in: "region")
    let merged = try place.run("merge", place["with.tzb"], in: "region")
    let source = try #require((merged.object["sources"] as? [[String: Any]])?.first)
    #expect(source["applied"] as? Int == 0 && source["attachments"] as? Int == 1, "\(source)")
    #expect(source["attachments_unkept"] as? Int == 0 && source["attachments_unwritten"] as? Int == 0)
  }

  /// What cannot be kept of a stick is left out of it: exit 1.
  @Test func aPhotoThatIsNotKeptIsAFinding() throws {
    let place = try scene()
    try place.run("bundle", "create", "--attachments", "-o", place["with.tzb"], in: "office")
    let contents = place["region"] + "/attachments"
    try? FileManager.default.removeItem(atPath: contents)
    try Data().write(to: URL(fileURLWithPath: contents))
    let merged = try place.run("merge", place["with.tzb"], in: "region", exits: 1)
    let source = try #require((merged.object["sources"] as? [[String: Any]])?.first)
    #expect(source["attachments_unwritten"] as? Int == 1, "\(source)")
    #expect(source["attachments"] as? Int == 0 && (source["applied"] as? Int ?? 0) > 0)
  }

  /// Two files of one name in two folders are told apart.
  @Test func theAccountNamesFilesByTheirPlaceInTheFolder() throws {
    let place = try scene()
    for name in ["甲", "乙"] {
      try FileManager.default.createDirectory(
        atPath: place["stick/\(name)"], withIntermediateDirectories: true)
      try place.run("bundle", "create", "-o", place["stick/\(name)/包.tzb"], in: "office")
    }
    try place.run("merge", place["stick"], "--report", place["合并.txt"], in: "region")
    let text = String(
      decoding: FileManager.default.contents(atPath: place["合并.txt"]) ?? Data(), as: UTF8.self)
    for name in ["甲/包.tzb", "乙/包.tzb"] { #expect(text.contains(name), "\(text)") }
    #expect(!text.contains(place["stick"]))
  }

  /// Whatever writes a file does not write it over a store.
  @Test func noCommandWritesOverAStore() throws {
    let place = try scene()
    let store = place["office"] + "/store.sqlite"
    let id = try #require(
      try place.run("list", in: "office").object["id"] as? String)
    for call in [
      ["bundle", "create", "-o", store], ["attachment", "get", id, "甲.jpg", "-o", store],
      ["export", "-o", store], ["report", "summary", "--format", "html", "-o", store],
      ["plan", "export", "-o", store], ["join", "--request", store],
    ] {
      let result = try Program(call + ["--store", place["office"]]).finish()
      #expect(result.exitCode == 65 && result.errorCode == "own-file", "\(call): \(result.err)")
    }
    #expect(try place.run("verify", in: "office").object["ok"] as? Bool == true)
  }
}

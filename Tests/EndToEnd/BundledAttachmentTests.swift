import Foundation
import TestSupport
import Testing

/// Photos on a stick: carried when asked for and not otherwise, and the same one once.
@Suite(.offPool) struct BundledAttachmentTests {
  private static let photoBytes = 400_000

  /// Two records of an office with the same photo under two names.
  private func attached(_ place: Workplace) throws -> [String] {
    let photo = Data(TestContent.bytes(BundledAttachmentTests.photoBytes, seed: 1))
    return try ["甲", "乙"].map { name in
      let id = try place.add(name, to: "office")
      try photo.write(to: URL(fileURLWithPath: place["\(name).jpg"]))
      try place.run("attach", id, place["\(name).jpg"], in: "office")
      return id
    }
  }

  private func size(_ path: String) throws -> Int {
    try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
  }

  private func isHere(_ place: Workplace, _ id: String, in store: String) throws -> Bool? {
    try place.run("attachment", "list", id, in: store).object["here"] as? Bool
  }

  /// How many files of a store are as large as the photo.
  private func photos(_ place: Workplace, _ store: String) throws -> Int {
    try place.files(of: store).filter { $0.key.hasPrefix("attachments/") }
      .count { $0.value.count == BundledAttachmentTests.photoBytes }
  }

  @Test func aStickCarriesPhotosWhenAskedToAndEachOnce() throws {
    let place = try Workplace()
    let (server, _) = try place.region()
    server.end()
    let ids = try attached(place)
    #expect(try photos(place, "office") == 1)
    try place.run("bundle", "create", "-o", place["without.tzb"], in: "office")
    try place.run("bundle", "create", "--attachments", "-o", place["with.tzb"], in: "office")
    #expect(try size(place["without.tzb"]) < 100_000)
    #expect(try (400_000..<500_000).contains(size(place["with.tzb"])), "one copy")

    try place.run("merge", place["without.tzb"], in: "region")
    #expect(try place.status("region")["attachments_missing"] as? Int ?? 0 > 0)
    for id in ids { #expect(try isHere(place, id, in: "region") == false) }
    let missing = try place.run(
      "attachment", "get", ids[0], "甲.jpg", "-o", place["x"], in: "region", exits: 66)
    #expect(missing.errorCode == "attachment-not-here", "\(missing.err)")
    #expect(try photos(place, "region") == 0)

    for _ in 0..<2 { try place.run("merge", place["with.tzb"], in: "region") }
    #expect(try place.status("region")["attachments_missing"] as? Int == 0)
    #expect(try photos(place, "region") == 1)
    for (id, name) in zip(ids, ["甲.jpg", "乙.jpg"]) {
      try place.run("attachment", "get", id, name, "-o", place["got"], in: "region")
      #expect(
        FileManager.default.contents(atPath: place["got"])
          == FileManager.default.contents(atPath: place[name]), "\(name)")
    }
    #expect(try place.run("verify", in: "region").object["ok"] as? Bool == true)
  }

  @Test func overALinkToTheSamePhotoIsSentOnce() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    let ids = try attached(place)
    let synced = try place.run("sync", address, in: "office").object
    let sent = try #require(synced["bytes_sent"] as? Int)
    #expect((400_000..<500_000).contains(sent), "\(sent)")
    for id in ids { #expect(try isHere(place, id, in: "region") == true) }
    #expect(try photos(place, "region") == 1)
    // One more record with it: nothing of it has to go.
    let third = try place.add("丙", to: "office")
    try place.run("attach", third, place["甲.jpg"], in: "office")
    let again = try place.run("sync", address, in: "office").object
    #expect(again["bytes_sent"] as? Int ?? .max < 20_000, "\(again)")
    #expect(try isHere(place, third, in: "region") == true)
    server.end()
  }
}

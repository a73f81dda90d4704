import Foundation
import Testing

/// Bundles that are none, are cut, are altered, or are for somebody else: left out with their reason, and
/// nothing of them goes in.
@Suite(.offPool) struct BadBundleTests {
  @Test func everyBadBundleHasItsReasonAndNothingGoesIn() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    try place.join("second", division: "540200", name: "日喀则市局", at: address)
    server.kill(SIGTERM)
    _ = server.finish()
    try place.add("包里的", to: "office")
    let good = place["good.tzb"]
    #expect(try Program.run("bundle", "create", "-o", good, "--store", place["office"]).exitCode == 0)
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: good)))
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
      try Data(bytes).write(to: URL(fileURLWithPath: place[name]))
      return place[name]
    }
    var altered = bytes
    altered[altered.count - 20] ^= 1
    let before = try Program.run("status", "--store", place["region"]).object["fingerprint"] as? String
    for (path, store, code) in [
      (try write("none.tzb", Array("不是数据包".utf8)), "region", "not-a-bundle"),
      (try write("empty.tzb", []), "region", "not-a-bundle"),
      (try write("huge.tzb", Array("TZBUNDLE".utf8) + [1, 255, 255, 255, 255]), "region", "bundle-limit"),
      (try write("old.tzb", Array("TZBUNDLE".utf8) + [0] + bytes.dropFirst(9)), "region", "older-bundle"),
      (try write("new.tzb", Array("TZBUNDLE".utf8) + [9] + bytes.dropFirst(9)), "region", "newer-bundle"),
      (try write("short.tzb", Array(bytes.prefix(200))), "region", "bundle-cut"),
      (try write("cut.tzb", Array(bytes.dropLast(30))), "region", "bundle-altered"),
      (try write("altered.tzb", altered), "region", "bundle-altered"),
      (good, "second", "wrong-recipient"),
    ] {
      let result = try Program.run("merge", path, "--store", place[store])
      #expect(result.exitCode == 1, "\(path): \(result.err)")
      let source = (result.object["sources"] as? [[String: Any]])?.first
      #expect(source?["reason"] as? String == code, "\(path): \(result.out)")
      #expect(source?["applied"] as? Int == 0)
    }
    #expect(try Program.run("status", "--store", place["region"]).object["fingerprint"] as? String == before)
    // Without a key it can be seen whether the maker signed what the file says of itself.
    var renamed = bytes
    let name = Array("自治区局".utf8)
    let at = try #require(bytes.indices.first { bytes[$0...].starts(with: name) })
    renamed.replaceSubrange(at..<at + name.count, with: Array("日喀则局".utf8))
    for (path, isSigned, isWhole) in [
      (good, true, true), (try write("renamed.tzb", renamed), false, true),
      (place["altered.tzb"], true, false),
      (place["cut.tzb"], true, false), (try write("longer.tzb", bytes + [0]), true, false),
      (try write("other.tzb", Array(bytes.prefix(8)) + [3 - bytes[8]] + bytes.dropFirst(9)), false, true),
    ] {
      let told = try Program.run("bundle", "inspect", path)
      #expect(told.exitCode == (isSigned && isWhole ? 0 : 65), "\(path): \(told.err)")
      #expect(told.errorCode == (isSigned && isWhole ? nil : "bundle-altered"), "\(path): \(told.err)")
      #expect(told.object["signed"] as? Bool == isSigned, "\(path): \(told.out)")
      #expect(told.object["whole"] as? Bool == isWhole, "\(path): \(told.out)")
    }
    let empty = try Program.run(
      "merge", write("hollow.tzb", Array("TZBUNDLE".utf8) + [1, 0, 0, 0, 0]), "--store", place["region"])
    #expect(
      (empty.object["sources"] as? [[String: Any]])?.first?["reason"] as? String == "bundle-cut",
      "\(empty.out)")
    // One bad among good ones does not hold them up.
    let mixed = try Program.run("merge", place["altered.tzb"], good, "--store", place["region"])
    #expect(mixed.exitCode == 1)
    #expect(try place.titles(in: "region") == ["包里的"])
    let missing = try Program.run("merge", place["nowhere.tzb"], "--store", place["region"])
    #expect(missing.exitCode != 0 && missing.errorCode != nil, "\(missing.err)")
  }

  /// What a bundle says of itself is nobody's word yet: whatever it says is shown, and that nobody signed it.
  @Test func aBundleOfAnImpossibleTimeIsInspected() throws {
    let place = try Workplace()
    for (zigZag, shown): ([UInt8], String) in [
      ([UInt8](repeating: 0xff, count: 9) + [1], "0001-01-01T00:00:00.000Z"),
      ([0xfe] + [UInt8](repeating: 0xff, count: 8) + [1], "9999-12-31T23:59:59.999Z"),
      ([1], "1969-12-31T23:59:59.999Z"),
    ] {
      let manifest =
        [1] + Array("tz.mani".utf8) + [UInt8](repeating: 1, count: 32) + [1, 65]
        + [UInt8](repeating: 2, count: 32) + [1, 66] + zigZag + [0] + [UInt8](repeating: 3, count: 32)
      var bytes = Array("TZBUNDLE".utf8) + [1]
      for part in [manifest, [UInt8](repeating: 0, count: 64), [], []] {
        bytes += [0, 0, 0, UInt8(part.count)] + part
      }
      try Data(bytes).write(to: URL(fileURLWithPath: place["a.tzb"]))
      let result = try Program.run("bundle", "inspect", place["a.tzb"])
      #expect(result.exitCode == 65 && result.object["made_at"] as? String == shown, "\(result.err)")
    }
  }
}

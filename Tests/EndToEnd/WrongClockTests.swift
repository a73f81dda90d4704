import Foundation
import Testing

/// A computer whose clock is wrong by years or a day, as a real process on a real link.
@Suite(.offPool) struct WrongClockTests {
  private static let day = 86_400
  private static let skews = [3650 * day, -3650 * day, day, -day]

  /// The program on a computer whose clock is so many seconds ahead.
  @discardableResult
  private func run(_ arguments: String..., skew: Int = 0, words: Bool = false) throws -> Program.Result {
    let program = try Program(arguments, json: !words, environment: Program.clock(ahead: skew))
    let result = program.finish()
    #expect(result.exitCode == 0, "\(arguments) at \(skew): \(result.err)")
    return result
  }

  private func title(_ id: String, in store: String) throws -> String? {
    (try run("show", id, "--store", store).object["fields"] as? [String: Any])?["title"] as? String
  }

  @Test(arguments: skews)
  func invariant4WhoSawAnEditGoesOnFromItWhateverTheClockSays(skew: Int) throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let (office, region) = (place["office"], place["region"])
    try run("sync", address, "--store", office)
    let id = try #require(
      try run(
        "add", "training", "--set", "title=原题", "--set", "date=2025-09-10", "--set", "plan_items=4.2",
        "--set",
        "organiser=市场监管局", "--set", "topic=standards", "--store", office, skew: skew
      ).object["id"] as? String)
    // Handed in and read all the same: to who stands above nothing is held back.
    let first = try run("sync", address, "--store", office, skew: skew)
    #expect(first.object["converged"] as? Bool == true && first.object["sent"] as? Int == 1)
    try run("edit", id, "--set", "title=区局改", "--store", region)
    try run("sync", address, "--store", office, skew: skew)
    #expect(try title(id, in: office) == "区局改")
    try run("edit", id, "--set", "title=市局再改", "--store", office, skew: skew)
    try run("sync", address, "--store", office, skew: skew)
    for store in [office, region] {
      #expect(try title(id, in: store) == "市局再改", "\(store)")
      #expect(try run("conflicts", "--store", store).objects.isEmpty, "\(store)")
    }
    // Told where it is wrong and at the other end, in figures and in words.
    let own = try #require(try run("status", "--store", office, skew: skew).object["clock_drift_ms"] as? Int)
    #expect(abs(own / 1000 + skew) < 3600, "\(own)")
    let theirs = try #require(try run("status", "--store", region).object["clock_drift_ms"] as? Int)
    #expect(abs(theirs / 1000 - skew) < 3600, "\(theirs)")
    let words = try run("status", "--lang", "zh", "--store", region, words: true).out
    #expect(words.contains(skew > 0 ? "本机时钟比“拉萨市局”慢" : "本机时钟比“拉萨市局”快"), "\(words)")
    let said = try run("sync", address, "--lang", "zh", "--store", office, skew: skew, words: true).err
    #expect(said.contains(skew > 0 ? "本机时钟比“自治区局”快" : "本机时钟比“自治区局”慢"), "\(said)")
    // Nobody else's stamps follow it.
    let story = try run("history", id, "--store", region).objects
    let stamps = story.filter { $0["office"] as? String == "自治区局" }.compactMap { $0["at"] as? String }
    let year = Calendar(identifier: .gregorian).component(.year, from: Date())
    #expect(!stamps.isEmpty && stamps.allSatisfy { abs((Int($0.prefix(4)) ?? 0) - year) <= 1 }, "\(stamps)")
    for store in [office, region] {
      #expect(try run("verify", "--store", store).object["ok"] as? Bool == true, "\(store)")
    }
  }

  /// The clock steps back between edits of one office, and further back than its store is old: the later edit holds,
  /// here and at the region, whatever the times say.
  @Test func invariant4AStepBackBetweenTwoEditsLosesNeither() throws {
    let place = try Workplace()
    let (server, address) = try place.region()
    defer { server.kill(SIGTERM) }
    let office = place["office"]
    let day = WrongClockTests.day
    let id = try place.add("原题", to: "office")
    try run("sync", address, "--store", office)
    let steps = [("一", 2 * day), ("二", 0), ("三", -400 * day)]
    for (value, skew) in steps {
      try run("edit", id, "--set", "title=\(value)", "--store", office, skew: skew)
    }
    try run("sync", address, "--store", office)
    for store in [office, place["region"]] {
      #expect(try title(id, in: store) == "三", "\(store)")
      let story = try run("history", id, "--store", store).objects.filter {
        $0["field"] as? String == "title"
      }
      #expect(story.compactMap { $0["to"] as? String } == ["原题", "一", "二", "三"], "\(store): \(story)")
      let times = story.dropFirst().compactMap { $0["at"] as? String }
      #expect(times == times.sorted(by: >), "each says when its own clock said it was: \(times)")
      #expect(try run("conflicts", "--store", store).objects.isEmpty, "\(store)")
      #expect(try run("verify", "--store", store).object["ok"] as? Bool == true, "\(store)")
    }
    // Who saw the last one goes on from it, and so does the office from there, its clock behind as it is.
    try run("edit", id, "--set", "title=区局改", "--store", place["region"])
    try run("sync", address, "--store", office, skew: -400 * day)
    try run("edit", id, "--set", "title=市局再改", "--store", office, skew: -400 * day)
    try run("sync", address, "--store", office)
    for store in [office, place["region"]] {
      #expect(try title(id, in: store) == "市局再改", "\(store)")
      #expect(try run("conflicts", "--store", store).objects.isEmpty, "\(store)")
    }
  }

  @Test func aCertificateThatHasPassedIsMarkedSo() throws {
    let place = try Workplace()
    let (server, _) = try place.region()
    defer { server.kill(SIGTERM) }
    for (skew, isOver) in [(0, false), (3 * 365 * WrongClockTests.day, true)] {
      let status = try run("status", "--lang", "zh", "--store", place["office"], skew: skew, words: true)
      let line = status.out.split(separator: "\n").first { $0.hasPrefix("证书到期") } ?? ""
      #expect(!line.isEmpty && line.contains("（已过期）") == isOver, "\(status.out)")
    }
  }

  /// An office that only has sticks: what its bundles tell of its clock is said where they are taken in, and stands in
  /// `status` until a later one tells nothing of it any more.
  @Test(arguments: [3650 * day, -3650 * day])
  func theClockOfWhoOnlyHasSticksIsTold(skew: Int) throws {
    let place = try Workplace()
    let (server, _) = try place.region()
    server.end()
    let (office, region, stick) = (place["office"], place["region"], place["stick.tzb"])
    try place.add("区局", to: "region")
    try run("bundle", "create", "--for", "拉萨市局", "-o", stick, "--store", region)
    try run("merge", stick, "--store", office)
    try place.add("一", to: "office")
    try run("bundle", "create", "--since-last", "-o", stick, "--store", office, skew: skew)
    let inspected = try run("bundle", "inspect", stick, "--lang", "zh", words: true)
    #expect(inspected.out.contains("制作于 20\(skew > 0 ? "3" : "1")"), "\(inspected.out)")
    // Without the key a time that has passed says nothing.
    #expect(inspected.err.contains("本机时钟比“拉萨市局”慢 至少") == (skew > 0), "\(inspected.err)")
    let page = place["page.html"]
    let merged = try run("merge", stick, "--report", page, "--lang", "zh", "--store", region, words: true)
    let wrong = skew > 0 ? "本机时钟比“拉萨市局”慢 至少" : "本机时钟比“拉萨市局”快 至少"
    #expect(merged.err.contains(wrong), "\(merged.err)")
    #expect(try String(contentsOfFile: page, encoding: .utf8).contains(wrong))
    func drift() throws -> Int? { try run("status", "--store", region).object["clock_drift_ms"] as? Int }
    let told = try #require(try drift())
    #expect(abs(told / 1000 - skew) < 3600, "\(told)")
    #expect(try run("status", "--lang", "zh", "--store", region, words: true).out.contains(wrong))
    // Set right; and the stick of before, taken in once more, says only what it was like then.
    try place.add("二", to: "office")
    let later = place["later.tzb"]
    try run("bundle", "create", "--since-last", "-o", later, "--store", office)
    try run("merge", later, "--store", region)
    #expect(try drift() == nil)
    let again = try run("merge", stick, "--store", region).object["sources"] as? [[String: Any]]
    #expect(try abs(#require(again?.first?["clock_drift_ms"] as? Int) / 1000 - skew) < 3600, "\(again ?? [])")
    #expect(try drift() == nil)
  }
}

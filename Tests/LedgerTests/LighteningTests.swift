import Ledger
import TestSupport
import Testing

/// What goes before a deletion: what it says is left is what is left.
@Suite struct LighteningTests {
  /// An office that has seen what others and itself wrote of one record, at random.
  private func author(using random: inout SeededRandom) throws -> Author {
    var own = Author(1)
    var others = [Author(2), Author(3)]
    for _ in 0..<Int.random(in: 1...25, using: &random) {
      func step(_ author: inout Author) throws -> HistoryChange {
        let cell = UInt32.random(in: 3...4, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return try author.edit(.register(cell: 1, value: .text("题")))
        case 1:
          return try author.edit(
            .tallyBase(cell: 5, value: .integer(Int64.random(in: 0...1, using: &random))))
        case 2...4:
          return try author.edit(.tallyIncrement(cell: UInt32.random(in: 5...6, using: &random), by: 2))
        default:
          let word = "\(Int.random(in: 0..<9, using: &random))"
          return try author.edit(.setChange(cell: cell, add: [.text(word)], remove: []))
        }
      }
      let which = Int.random(in: 0..<3, using: &random)
      if which == 0 {
        _ = try step(&own)
      } else {
        own.replica.take(try step(&others[which - 1]))
      }
    }
    return own
  }

  @Test func whatItSaysIsLeftIsLeft() throws {
    var counts = (enough: 0, short: 0, untouched: 0, ofLogs: 0)
    for seed in 0..<1500 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var author = try author(using: &random)
      let living = author.replica.state.livingDots.count
      let limit = Int.random(in: 0...living, using: &random)
      let logs = Int.random(in: 1...2, using: &random)
      func others(_ dots: [Dot]) -> Int { Set(dots.map(\.change.log)).subtracting([author.head.log]).count }
      let before = others(author.editor.deletion.supersedes)
      let lightening = author.editor.lightening(
        to: limit, by: Int.random(in: 1...6, using: &random), logs: logs)
      for write in lightening.writes {
        #expect(others(write.supersedes) <= logs, "seed \(seed)")
        _ = try author.commit([write])
      }
      let left = author.replica.state.livingDots.count
      let logsLeft = others(author.editor.deletion.supersedes)
      #expect(left == lightening.left && logsLeft == lightening.logsLeft, "seed \(seed)")
      #expect(lightening.suffices == (left <= limit && logsLeft <= logs), "seed \(seed)")
      if living <= limit, before > logs, lightening.suffices { counts.ofLogs += 1 }
      if lightening.writes.isEmpty { counts.untouched += 1 }
      if lightening.suffices { counts.enough += 1 } else { counts.short += 1 }
      if left != lightening.left { return }
      _ = try author.commit([author.editor.deletion])
      #expect(author.replica.state.existence == .deleted, "seed \(seed)")
    }
    #expect(counts.enough > 100 && counts.short > 100 && counts.untouched > 100, "\(counts)")
    #expect(counts.ofLogs > 10, "\(counts)")
  }

  /// More logs hold elements of a record than one change refers to.
  @Test func whatManyLogsWroteCanBeDeleted() throws {
    var author = Author(1)
    for epoch in 1...UInt64(ContentLimits.logs + 3) {
      var other = Author(2, epoch: epoch)
      author.replica.take(try other.edit(.setChange(cell: 3, add: [.integer(Int64(epoch))], remove: [])))
    }
    let whole = author
    #expect(throws: ChangeBody.Fault.tooManyParts) {
      var author = whole
      _ = try author.commit([author.editor.deletion])
    }
    let lightening = author.editor.lightening()
    #expect(lightening.suffices && lightening.writes.count == 1)
    for write in lightening.writes { _ = try author.commit([write]) }
    _ = try author.commit([author.editor.deletion])
    #expect(author.replica.state.existence == .deleted)
  }

  /// At the bound itself: with one increment more the count's own base is what there is no room for.
  @Test func aBaseThatIsAddedCounts() throws {
    var author = Author(1)
    for _ in 0..<4 { _ = try author.edit(.tallyIncrement(cell: 5, by: 1)) }
    #expect(author.editor.lightening(to: 0).left == 1 && !author.editor.lightening(to: 0).suffices)
    #expect(author.editor.lightening(to: 1).suffices)
  }

  /// A count's increments that an undone decision brought back stand within candidates: no base is put in the place of these.
  @Test func aCountWithCandidatesIsLeftAsItIs() throws {
    var author = Author(1)
    var other = Author(2)
    author.replica.take(try other.edit(.tallyBase(cell: 5, value: .integer(3))))
    author.replica.take(try other.edit(.tallyIncrement(cell: 5, by: 5)))
    let former = try #require(author.replica.state.cell(5, .tally)).writes
    let candidates = former.map { Candidate(dot: $0.dot, time: $0.time, content: $0.content) }
    _ = try author.commit([
      CellWrite(cell: 5, content: .candidates(candidates), supersedes: former.map(\.dot).sorted())
    ])
    for _ in 0..<4 { author.replica.take(try other.edit(.tallyIncrement(cell: 5, by: 2))) }
    let total = { author.replica.state.cell(5, .tally)?.shown(rule: .latest, rank: { _ in 0 }).total }
    let before = total()
    for write in author.editor.lightening(to: 0, by: 2).writes { _ = try author.commit([write]) }
    #expect(before == 16 && total() == before)
  }
}

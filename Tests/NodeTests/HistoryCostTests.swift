import Foundation
import Ledger
import Replication
import Store
import Testing

@testable import Node

/// Invariant 8: the history of a record takes memory as what was written of it does, however often that was.
@Suite struct HistoryCostTests {
  private static let writes = 4500

  /// What this process takes in memory now.
  private func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return try #require(Int(fields[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Of one cell, each write living beside the others: what is told of all of them at once is some 1.7 GB.
  @Test func invariant8AHistoryIsToldWithoutBeingKept() throws {
    let offices = try TestOffices()
    let author = try offices.enrolled("540100", "拉萨市局")
    var log = ForkedLog(author: author)
    let id = RecordID(milliseconds: 5, random: (5, 5))
    var end = try log.append(after: nil, [ForkedLog.creation(id, "会")], made: id)
    for number in 0..<HistoryCostTests.writes {
      let add = CellWrite(cell: 1024, content: .elements([.code("\(number)")]))
      end = try log.append(after: end, [Mutation(target: .id(id), writes: [add])])
    }
    #expect(try offices.region.take([log.batch(after: nil, to: end)]).new == HistoryCostTests.writes + 1)
    try offices.region.store.read { snapshot in
      let history = try snapshot.history(of: snapshot.record(prefix: id.description))
      #expect(history.places.count == HistoryCostTests.writes + 1)
      var states: [Int] = []
      var most = 0
      let before = try residentBytes()
      for (index, entry) in history.enumerated() where index % 100 == 0 {
        states.append(entry.after.cell(1024, .set)?.writes.count ?? 0)
        most = max(most, try residentBytes() - before)
      }
      #expect(states == Array(stride(from: 0, through: HistoryCostTests.writes, by: 100)))
      // Other tests run beside it.
      #expect(most < 800 << 20, "\(most >> 20) MiB")
    }
  }
}

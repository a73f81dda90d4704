import Campaign
import Foundation
import GRDB
import Ledger
import Node
import Store

/// What can only be measured inside the process, each beside its floor: a line of JSON a measure. `Scripts/bench`
/// runs it with a store that holds the workload.
@main
struct Bench {
  static func main() throws {
    guard CommandLine.arguments.count == 2 else {
      FileHandle.standardError.write(Data("usage: taizhang-bench STORE\n".utf8))
      exit(64)
    }
    let folder = CommandLine.arguments[1]
    let node = try LocalNode(opening: folder)
    try measureEdits(node, folder)
    try measureReading(node)
  }

  /// Durable edits and raw commits of a row by turns, so that what else the machine does slows both.
  private static func measureEdits(_ node: LocalNode, _ folder: String) throws {
    let ids = try node.store.read { snapshot in
      var ids: [String] = []
      var filter = RecordFilter()
      filter.limit = 300
      try snapshot.forEachRecord(filter) { view in
        ids.append(view.id.description)
        return true
      }
      return ids
    }
    let path = folder + "/bench-raw.sqlite"
    defer {
      for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
    let raw = try DatabasePool(path: path)
    try raw.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA synchronous = FULL")
      try db.execute(sql: "CREATE TABLE t(id INTEGER PRIMARY KEY, j TEXT)")
    }
    let row = String(repeating: "会", count: 200)
    var (edits, commits) = (0.0, 0.0)
    for (number, id) in ids.enumerated() {
      edits += try seconds {
        _ = try node.edit(id, operations: [.set("place", to: "第\(number)会场")], operatorName: "")
      }
      commits += try seconds {
        try raw.write { try $0.execute(sql: "INSERT INTO t(j) VALUES (?)", arguments: [row]) }
      }
    }
    report("edits_per_second", Double(ids.count) / edits, floor: Double(ids.count) / commits)
  }

  private static func measureReading(_ node: LocalNode) throws {
    var filter = RecordFilter()
    filter.limit = 20
    for word in ["电梯", "雪莲珠峰", "梯"] {
      let took = try best(of: 5) {
        try node.store.read { try $0.search(SearchText(word), filter) { _ in true } }
      }
      report("search_ms \(word)", took * 1000)
    }
    let listed = try best(of: 5) {
      try node.store.read { snapshot in try snapshot.forEachRecord(filter) { _ in true } }
    }
    report("list_ms", listed * 1000)
    var first = ""
    try node.store.read { snapshot in
      try snapshot.forEachRecord(filter) { view in
        first = view.id.description
        return false
      }
    }
    let shown = try best(of: 5) { try node.store.read { _ = try $0.record(prefix: first) } }
    report("show_ms", shown * 1000)
  }

  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let took = try clock.measure(body)
    return Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
  }

  private static func best(of runs: Int, _ body: () throws -> Void) rethrows -> Double {
    var least = Double.infinity
    for _ in 0..<runs { least = min(least, try seconds(body)) }
    return least
  }

  private static func report(_ name: String, _ value: Double, floor: Double? = nil) {
    let floorText = floor.map { String(format: "%.3f", $0) } ?? "null"
    print("{\"measure\":\"\(name)\",\"value\":\(String(format: "%.3f", value)),\"floor\":\(floorText)}")
  }
}

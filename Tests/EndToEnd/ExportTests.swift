import Foundation
import TestSupport
import Testing

/// An export goes out record by record.
@Suite(.offPool) struct ExportTests {
  /// The columns are those of all rows, also where a row that comes late brings one.
  @Test func aTableHasTheColumnsOfAllItsRows() throws {
    let place = try Workplace()
    let store = place["office"]
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", store)
    for (title, more) in [("甲", "place=广场"), ("乙", "trainees=5"), ("丙", "notes=a,\"b\"\n续")] {
      let added = try Program.run(
        "add", "training", "--set", "title=\(title)", "--set", "date=2025-09-10", "--set", "plan_items=4.2",
        "--set", "organiser=局", "--set", "topic=standards", "--set", more, "--store", store)
      #expect(added.exitCode == 0, "\(added.err)")
    }
    let csv = try Program(["export", "--store", store], json: false).finish().out
    let lines = csv.components(separatedBy: "\r\n")
    let columns = lines[0].trimmingCharacters(in: ["\u{feff}"]).components(separatedBy: ",")
    #expect(columns.prefix(3) == ["id", "kind", "division"] && columns.suffix(2) == ["trainees", "notes"])
    #expect(
      Set(columns.dropFirst(3)) == [
        "title", "date", "plan_items", "organiser", "place", "topic", "trainees", "notes",
      ])
    let width = columns.count
    #expect(lines.count == 5 && lines[4].isEmpty)
    #expect(lines[1].components(separatedBy: ",").count == width && lines[1].hasSuffix(",,"), "\(lines[1])")
    #expect(lines[3].hasSuffix("\"a,\"\"b\"\"\n续\""), "\(lines[3])")
  }

  /// Invariant 8: what an export holds in memory does not grow with it. Nobody reads on behind its first line: then
  /// it has gone through some of the records, or their rows wait in a file.
  @Test func invariant8AnExportHoldsNoMoreThanAPiece() throws {
    let place = try Workplace()
    let store = place["office"]
    try Program.run("init", "--division", "540100", "--name", "拉萨市局", "--store", store)
    let ledger = try place.ledger("a.csv", rows: 6000, noise: true)
    #expect(try Program.run("import", ledger, "--store", store).exitCode == 0)
    let size = try #require(
      try FileManager.default.attributesOfItem(atPath: ledger)[.size] as? Int)
    let lines = try traffic(["export", "--format", "jsonl", "--store", store])
    #expect(lines.read < size / 2, "\(lines.read) of \(size) bytes were read before the first were taken")
    for options in [[], ["--sort", "title"]] {
      let table = try traffic(["export", "--store", store] + options)
      #expect(table.written > size / 2, "\(table.written) of \(size) bytes wait in a file")
    }
  }

  /// What a program had read from files, and written, when its first line came; in bytes.
  private func traffic(_ arguments: [String]) throws -> (read: Int, written: Int) {
    let program = try Program(arguments, json: false)
    _ = program.line()
    let text = try String(contentsOfFile: "/proc/\(program.process.identifier)/io", encoding: .utf8)
    let numbers = text.split(separator: "\n").compactMap { Int($0.split(separator: " ").last ?? "") }
    #expect(program.finish().exitCode == 0)
    return (numbers[0], numbers[1])
  }
}

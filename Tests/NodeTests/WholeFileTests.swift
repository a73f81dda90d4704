import Foundation
import Store
import TestSupport
import Testing

/// A file that is written piece by piece stands whole or not at all.
@Suite struct WholeFileTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path + "/a.csv" }

  private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path) }

  @Test func whatIsNotFinishedLeavesNothingAndWhatStoodThereStays() throws {
    do {
      let writer = try WholeFileWriter(path)
      for _ in 0..<100 { try writer.write([UInt8](repeating: 65, count: 10_000)) }
    }
    #expect(try names().isEmpty)
    try Data("former".utf8).write(to: URL(fileURLWithPath: path))
    do { try WholeFileWriter(path).write([66]) }
    #expect(try names() == ["a.csv"])
    #expect(FileManager.default.contents(atPath: path) == Data("former".utf8))
  }

  @Test func whatIsFinishedStandsWithTheFormersModeAndThroughItsLink() throws {
    try Data("former".utf8).write(to: URL(fileURLWithPath: path))
    chmod(path, 0o640)
    let link = folder.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    let writer = try WholeFileWriter(link)
    var all: [UInt8] = []
    for number in 0..<200 as Range<UInt8> {
      let piece = [UInt8](repeating: number, count: 1 + Int(number) * 7)
      try writer.write(piece)
      all += piece
    }
    #expect(FileManager.default.contents(atPath: path) == Data("former".utf8))
    try writer.finish()
    #expect(FileManager.default.contents(atPath: path) == Data(all))
    #expect(try names().sorted() == ["a.csv", "link"])
    var facts = stat()
    #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o640)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
  }

  @Test func whereNothingCanBeWrittenIsToldAtOnce() throws {
    #expect(throws: StoreError.self) { try WholeFileWriter(folder.path + "/none/a.csv") }
    #expect(throws: StoreError.self) { try WholeFileWriter(folder.path) }
  }
}

import Foundation
import TestSupport
import Testing

@testable import Store

@Suite struct WholeFileTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path + "/文件" }

  private func content() -> [UInt8]? { FileManager.default.contents(atPath: path).map { Array($0) } }
  private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path) }

  @Test func whatStoodThereStaysUntilAllIsWritten() throws {
    try WholeFile.write([1], to: path)
    do {
      let file = try WholeFile(path)
      try file.append([2, 3])
      #expect(content() == [1])
    }
    #expect(try names() == ["文件"])
    #expect(content() == [1])
    let file = try WholeFile(path)
    try file.append([0, 0, 4])
    try file.overwrite([5, 6], at: 0)
    try file.append([7])
    try file.keep()
    #expect(content() == [5, 6, 4, 7])
    #expect(try names() == ["文件"])
  }

  @Test func aPipeIsGivenAllOfItInOrder() throws {
    try #require(mkfifo(path, 0o600) == 0)
    // Both ends, so that neither waits for the other to be opened.
    let reader = open(path, O_RDWR)
    defer { close(reader) }
    let file = try WholeFile(path)
    try file.append([0, 0, 4])
    try file.overwrite([5, 6], at: 0)
    try file.keep()
    var bytes = [UInt8](repeating: 0, count: 8)
    #expect(read(reader, &bytes, 8) == 3)
    #expect(bytes.prefix(3) == [5, 6, 4])
  }

  @Test func whereThereIsNoRoomThatIsSaid() throws {
    #expect(throws: StoreError.diskFull) { try WholeFile.write([1], to: "/dev/full") }
    #expect(throws: StoreError.file(path: folder.path, errno: EISDIR)) {
      try WholeFile.write([1], to: folder.path)
    }
    #expect(throws: StoreError.file(path: folder.path + "/无/文件", errno: ENOENT)) {
      try WholeFile.write([1], to: folder.path + "/无/文件")
    }
  }

  @Test func whatIsNotKeptLeavesNothing() throws {
    do {
      let file = try WholeFile(path)
      for _ in 0..<100 { try file.append([UInt8](repeating: 65, count: 10_000)) }
    }
    #expect(try names().isEmpty)
  }

  @Test func whatIsKeptStandsWithTheFormersModeAndThroughItsLink() throws {
    try Data("former".utf8).write(to: URL(fileURLWithPath: path))
    chmod(path, 0o640)
    let link = folder.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    let file = try WholeFile(link)
    var all: [UInt8] = []
    for number in 0..<200 as Range<UInt8> {
      let piece = [UInt8](repeating: number, count: 1 + Int(number) * 7)
      try file.append(piece)
      all += piece
    }
    #expect(content() == Array("former".utf8))
    try file.keep()
    #expect(content() == all)
    #expect(try names().sorted() == ["link", "文件"])
    var facts = stat()
    #expect(stat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o640)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
  }
}

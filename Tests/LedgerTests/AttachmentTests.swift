import Ledger
import Testing

/// Swift Testing has a type of that name as well.
private typealias RecordAttachment = Ledger.Attachment

@Suite struct AttachmentTests {
  private let content = Hash256(hashing: [1, 2, 3])

  @Test(arguments: ["现场.jpg", "a b  c", " ", "བཀྲ་ཤིས།.pdf", "e\u{301}", "\u{301}x", "../../etc/passwd"])
  func whatARecordSaysOfAFileMakesTheRoundTrip(_ name: String) throws {
    for count in [0, 1, RecordAttachment.maxByteCount] {
      let attachment = RecordAttachment(content: content, byteCount: count, name: name)
      let read = try #require(RecordAttachment(attachment.value))
      #expect(read == attachment && read.name.utf8.elementsEqual(name.utf8))
    }
  }

  @Test func whatIsNoneIsNotTakenForOne() {
    let hash = "\(content)"
    let texts = [
      "", hash, "\(hash) 5", "\(hash) 5 ", "\(hash)  5 a", "\(hash) 05 a", "\(hash) -1 a", "\(hash) +1 a",
      "\(hash.uppercased()) 5 a", "\(hash.dropLast()) 5 a", "\(hash)0 5 a",
      "\(hash) \(RecordAttachment.maxByteCount + 1) a",
      "\(hash) 5 \0", "\(hash) 5 a\0b", "\(hash) 99999999999999999999 a",
      "\(hash) 5 \(String(repeating: "a", count: 256))",
    ]
    for text in texts { #expect(RecordAttachment(.text(text)) == nil, "\(text)") }
    #expect(RecordAttachment(.code("\(hash) 5 a")) == nil)
  }

  @Test func namesAreEqualWhereTheirBytesAre() {
    let composed = RecordAttachment(content: content, byteCount: 1, name: "\u{e9}")
    let parted = RecordAttachment(content: content, byteCount: 1, name: "e\u{301}")
    #expect(composed != parted && Set([composed, parted]).count == 2)
  }

  @Test func anErasureMakesTheRoundTripAndAnotherOneIsKeptAsItIs() throws {
    let erasure = AttachmentErasure(
      space: testSpace, record: RecordID(milliseconds: 5, random: (1, 2)), content: content, reason: "含个人信息")
    let statement = Statement.erasure(erasure)
    #expect(try Statement(type: 6, payload: statement.payload) == statement)
    for payload in [statement.payload + [0], Array(statement.payload.dropLast()), [], [9, 9]] {
      #expect(try Statement(type: 6, payload: payload) == .unknown(type: 6, payload: payload))
    }
  }

  /// Add wins: of an addition and a removal that did not see it the file stays, on every replica.
  @Test func anAdditionSurvivesARemovalThatDidNotSeeIt() {
    let value = RecordAttachment(content: content, byteCount: 1, name: "a").value
    let log = testLog(1)
    let other = testLog(2)
    func change(_ log: LogID, _ n: UInt64) -> ChangeRef { ChangeRef(log: log, n: n, hashPrefix: n) }
    let first = change(log, 1)
    let record = RecordID(milliseconds: 5, random: (1, 2))
    let add = Mutation(
      target: .id(record), writes: [CellWrite(cell: RecordAttachment.cell, content: .elements([value]))])
    let removal = Mutation(
      target: .id(record),
      writes: [
        CellWrite(
          cell: RecordAttachment.cell, content: .elements([]),
          supersedes: [Dot(change: ChangeRef(log: log, n: 1, hashPrefix: 0), k: 1)])
      ])
    let changes = [
      HistoryChange(ref: first, parent: nil, time: 1, mutation: add),
      HistoryChange(ref: change(log, 2), parent: first, time: 2, mutation: removal),
      HistoryChange(ref: change(other, 1), parent: nil, time: 3, mutation: add),
    ]
    for order in [[0, 1, 2], [0, 2, 1], [2, 0, 1]] {
      var replica = Replica()
      for index in order { replica.take(changes[index]) }
      #expect(replica.state.attachments.map(\.dot.change) == [change(other, 1)], "\(order)")
    }
  }
}

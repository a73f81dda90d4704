import Foundation
import Ledger
import TestSupport
import Testing

@testable import Wire

@Suite struct VectorTests {
  @Test func theMessagesAreWhatTheCodeMakes() throws {
    let nothingNew = Hello(
      store: Sample.store, cursor: Sample.cursor, time: 1_756_700_000_123, unreceipted: [], watches: false)
    let through = Done(sentFrames: 0, receivedFrames: 0, digest: Hash256(hashing: [5]), receipt: [])
    let titled: [(String, Message)] =
      [
        ("hello with nothing new", .hello(nothingNew)), ("done with nothing new", .done(through)),
        (
          "an edit of a log that is known up to change 4",
          .changes(Sample.frame(Sample.batch(startN: 4, bodies: [[UInt8](1...40)])))
        ),
      ] + Sample.all.map { ("type \($0.type) with all its fields", $0) }
    try VectorFile.check("messages", try titled.map(vector))
  }

  private func vector(_ title: String, _ message: Message) throws -> [String: Any] {
    var vector: [String: Any] = ["title": title, "type": Int(message.type)]
    if case .changes(let frame) = message {
      // Compressors differ in their bytes, so that only the message within is compared.
      vector["message"] = frame.encoded.hex
      #expect(try Compression.inflate(message.encoded()) == frame.encoded)
    } else {
      let payload = message.encoded()
      vector["message"] = payload.hex
      vector["frame"] = (UInt32(payload.count).bigEndianBytes + [message.type] + payload).hex
    }
    return vector
  }
}

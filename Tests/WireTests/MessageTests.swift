import Ledger
import Testing

@testable import Wire

@Suite struct MessageTests {
  @Test func everyMessageMakesTheRoundTrip() throws {
    for message in Sample.all {
      let again = try Message(type: message.type, payload: message.encoded())
      #expect(words(again) == words(message))
    }
    #expect(Sample.all.map(\.type) == Array(1...13))
  }

  @Test func emptyAndAbsentPartsMakeTheRoundTrip() throws {
    let bare: [Message] = [
      .hello(Hello(store: Sample.store, cursor: nil, time: -5, unreceipted: [], watches: false)),
      .offer([]), .held([]), .changes(Sample.frame()), .acknowledge(frames: 0),
      .done(Done(sentFrames: 0, receivedFrames: 0, digest: .zero, receipt: [])),
      .failure(Failure(code: "gap")),
    ]
    for message in bare {
      #expect(words(try Message(type: message.type, payload: message.encoded())) == words(message))
    }
  }

  /// A newer version's fields: of every wire type, before and after what is known.
  @Test func fieldsThatAreNotKnownArePassedOver() throws {
    let unknown: [[UInt8]] = [
      [0xf8, 0x06, 0x2a], [0xfa, 0x06, 2, 9, 9], [0xfd, 0x06, 1, 2, 3, 4],
      [0xf9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8],
    ]
    for message in Sample.all {
      let isPacked = message.type == 4
      let plain = isPacked ? try Compression.inflate(message.encoded()) : message.encoded()
      for extra in unknown {
        for bytes in [plain + extra, extra + plain] {
          let payload = isPacked ? Compression.deflate(bytes) : bytes
          #expect(words(try Message(type: message.type, payload: payload)) == words(message))
        }
      }
    }
  }

  /// What a sync with nothing new costs: Hello, Done, and five bytes of frame each, before TLS.
  @Test func aSyncWithNothingNewIsFarBelow512Bytes() {
    let hello = Message.hello(
      Hello(
        store: Sample.store, cursor: Sample.cursor, time: 1_756_700_000_123, unreceipted: [], watches: false))
    let done = Message.done(
      Done(sentFrames: 0, receivedFrames: 0, digest: Hash256(hashing: [1]), receipt: []))
    #expect(hello.encoded().count + done.encoded().count + 10 <= 128)
  }

  @Test func aDetailThatIsTooLongIsCutBetweenCharacters() throws {
    let failure = Failure(code: "limit", detail: String(repeating: "日", count: 500))
    guard case .failure(let read) = try Message(type: 7, payload: Message.failure(failure).encoded()) else {
      Issue.record("no failure")
      return
    }
    #expect(read.detail == String(repeating: "日", count: 341))
  }
}

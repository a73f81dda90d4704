import NIOCore
import NIOEmbedded
import Testing

@testable import Transport

@Suite struct FrameHandlerTests {
  private let frames = [
    Frame(type: 1, payload: ByteBuffer(string: "hello")), Frame(type: 2, payload: ByteBuffer()),
    Frame(type: 255, payload: ByteBuffer(repeating: 9, count: 300)), Frame(type: 0, payload: ByteBuffer()),
  ]

  private func encoded() throws -> ByteBuffer {
    let channel = EmbeddedChannel(handler: FrameHandler(limit: 1000))
    var all = ByteBuffer()
    for frame in frames { try channel.writeOutbound(frame) }
    while var part = try channel.readOutbound(as: ByteBuffer.self) { all.writeBuffer(&part) }
    return all
  }

  private func received(_ channel: EmbeddedChannel) throws -> [Frame] {
    var result: [Frame] = []
    while let frame = try channel.readInbound(as: Frame.self) { result.append(frame) }
    return result
  }

  @Test func theHeaderIsLengthThenType() throws {
    let bytes = try encoded()
    #expect(Array(bytes.readableBytesView.prefix(12)) == [0, 0, 0, 5, 1] + Array("hello".utf8) + [0, 0])
  }

  @Test func framesCutAtEveryByteArriveWhole() throws {
    let bytes = try encoded()
    for cut in 0...bytes.readableBytes {
      let channel = EmbeddedChannel(handler: FrameHandler(limit: 1000))
      var rest = bytes
      if let head = rest.readSlice(length: cut) { try channel.writeInbound(head) }
      try channel.writeInbound(rest)
      try #expect(received(channel) == frames, "cut at \(cut)")
    }
  }

  @Test func framesDrippingByteByByteArriveWhole() throws {
    let channel = EmbeddedChannel(handler: FrameHandler(limit: 1000))
    for byte in try encoded().readableBytesView { try channel.writeInbound(ByteBuffer(bytes: [byte])) }
    try #expect(received(channel) == frames)
  }

  @Test func nothingIsReadBehindAFrameBeyondTheLimit() throws {
    let handler = FrameHandler(limit: 1000)
    let channel = EmbeddedChannel(handler: handler)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    #expect(throws: FrameTooLarge(length: 1001, limit: 1000)) {
      try channel.writeInbound(ByteBuffer(bytes: [0, 0, 0x03, 0xE9, 1]))
    }
    try channel.writeInbound(ByteBuffer(bytes: [0, 0, 0, 1, 1, 9]))
    try #expect(received(channel).isEmpty)
    #expect(handler.heldCapacity == 0)
    // Whoever holds the connection may still say why.
    try channel.writeOutbound(frames[0])
    try #expect(channel.readOutbound(as: ByteBuffer.self) != nil)
  }

  @Test func aLengthOfFourGigabytesCostsNoMemory() throws {
    let handler = FrameHandler(limit: Int(UInt32.max))
    let channel = EmbeddedChannel(handler: handler)
    try channel.writeInbound(ByteBuffer(bytes: [0xFF, 0xFF, 0xFF, 0xFF, 1]))
    for _ in 0..<100 { try channel.writeInbound(ByteBuffer(bytes: [1, 2, 3])) }
    try #expect(received(channel).isEmpty)
    #expect(handler.heldCapacity <= 1024)
  }

  @Test func aFrameTooLargeToSendIsRefusedHere() throws {
    let channel = EmbeddedChannel(handler: FrameHandler(limit: 4))
    #expect(throws: FrameTooLarge(length: 5, limit: 4)) { try channel.writeOutbound(frames[0]) }
    try #expect(channel.readOutbound(as: ByteBuffer.self) == nil)
  }

  @Test func aLargeFrameInManyPiecesIsWhole() throws {
    let payload = ByteBuffer(bytes: (0..<500_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
    let channel = EmbeddedChannel(handler: FrameHandler(limit: 1 << 20))
    var wire = ByteBuffer(integer: UInt32(500_000))
    wire.writeInteger(UInt8(7))
    wire.writeImmutableBuffer(payload)
    while let piece = wire.readSlice(length: min(16_384, wire.readableBytes)), piece.readableBytes > 0 {
      try channel.writeInbound(piece)
    }
    try #expect(received(channel) == [Frame(type: 7, payload: payload)])
  }
}

import NIOCore
import NIOEmbedded
import Testing

@testable import Transport

@Suite struct TLSHandlerTests {
  private let zoo: TestCertificates

  init() throws {
    zoo = try TestCertificates.shared.get()
  }

  private func pair(
    dialler: TestCertificates.Name = .county, listener: TestCertificates.Name = .region
  ) throws -> TLSPair {
    try TLSPair(
      dialler: .dialler(zoo.identity(dialler)),
      listener: .listener(zoo.identity(listener), offersJoining: false))
  }

  private func pattern(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
  }

  @Test(arguments: [1, 2, 7, 1000, Int.max]) func bytesInAnyPiecesArriveWhole(pieces: Int) throws {
    let pair = try pair()
    try pair.connect()
    try pair.carry(pieces: pieces)
    #expect(pair.diallerSees.handshake?.alpn == .session)
    #expect(pair.listenerSees.handshake?.alpn == .session)
    #expect(pair.listenerSees.handshake?.peerChain == [try zoo.der("county"), try zoo.der("authority")])
    #expect(pair.listenerSees.handshake?.ownCertificate == (try zoo.der("region")))
    let sent = pattern(50_000)
    pair.dialler.writeAndFlush(ByteBuffer(bytes: sent), promise: nil)
    pair.listener.writeAndFlush(ByteBuffer(bytes: sent.reversed()), promise: nil)
    try pair.carry(pieces: pieces)
    #expect(pair.listenerSees.bytes == sent)
    #expect(pair.diallerSees.bytes == sent.reversed())
  }

  @Test func aDelegatedChainIsVerifiedUpToTheRoot() throws {
    let pair = try pair(dialler: .village)
    try pair.connect()
    try pair.carry()
    let expected = [try zoo.der("village"), try zoo.der("prefecture"), try zoo.der("authority")]
    #expect(pair.listenerSees.handshake?.peerChain == expected)
  }

  @Test func writesBeforeTheHandshakeGoOutAfterIt() throws {
    let pair = try pair()
    try pair.connect()
    let promise = pair.dialler.eventLoop.makePromise(of: Void.self)
    pair.dialler.writeAndFlush(ByteBuffer(string: "early"), promise: promise)
    try pair.carry()
    #expect(pair.listenerSees.bytes == Array("early".utf8))
    try promise.futureResult.wait()
  }

  @Test func smallWritesShareARecord() throws {
    let pair = try pair()
    try pair.connect()
    try pair.carry()
    for byte in pattern(100) { pair.dialler.write(ByteBuffer(bytes: [byte]), promise: nil) }
    pair.dialler.flush()
    let record = try #require(try pair.dialler.readOutbound(as: ByteBuffer.self))
    #expect(record.readableBytes == 100 + 22)
    try #expect(pair.dialler.readOutbound(as: ByteBuffer.self) == nil)
  }

  @Test func aChannelThatTakesNothingIsGivenOneSlice() throws {
    let pair = try pair()
    try pair.connect()
    try pair.carry()
    let sent = pattern(1 << 20)
    pair.dialler.isWritable = false
    pair.dialler.writeAndFlush(ByteBuffer(bytes: sent), promise: nil)
    try #expect(pair.dialler.readOutbound(as: ByteBuffer.self) == nil)
    pair.dialler.isWritable = true
    pair.dialler.pipeline.fireChannelWritabilityChanged()
    while let slice = try pair.dialler.readOutbound(as: ByteBuffer.self) {
      #expect(slice.readableBytes <= 64 * 1024 + 16 * 1024)
      try pair.listener.writeInbound(slice)
    }
    #expect(pair.listenerSees.bytes == sent)
  }

  @Test func bothSidesCloseCleanly() throws {
    let pair = try pair()
    try pair.connect()
    try pair.carry()
    pair.dialler.writeAndFlush(ByteBuffer(string: "last words"), promise: nil)
    let closed = pair.dialler.close()
    #expect(pair.dialler.isActive, "the peer's close_notify is waited for")
    try pair.carry()
    try closed.wait()
    #expect(pair.listenerSees.bytes == Array("last words".utf8))
    #expect(pair.listenerSees.isInputClosed)
    #expect(pair.listenerSees.errors.isEmpty && pair.diallerSees.errors.isEmpty)
    #expect(!pair.listener.isActive && !pair.dialler.isActive)
  }

  @Test func aCloseThatIsNotAnsweredEndsInTime() throws {
    let pair = try pair()
    try pair.connect()
    try pair.carry()
    pair.dialler.close(promise: nil)
    pair.dialler.embeddedEventLoop.advanceTime(by: .seconds(4))
    #expect(pair.dialler.isActive)
    pair.dialler.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(!pair.dialler.isActive)
  }

  @Test func anEndWithoutCloseNotifyIsTruncation() throws {
    let pair = try pair()
    try pair.connect()
    try pair.carry()
    pair.listener.pipeline.fireChannelInactive()
    #expect(pair.listenerSees.errors.first as? TransportError == .truncated)
  }

  @Test func silenceEndsTheHandshake() throws {
    let pair = try pair()
    try pair.connect()
    pair.listener.embeddedEventLoop.advanceTime(by: .seconds(20))
    #expect(pair.listenerSees.errors.first as? TransportError == .handshakeTimedOut)
    #expect(!pair.listener.isActive)
  }

  @Test func aStrangerIsToldThatItsAuthorityIsUnknown() throws {
    let pair = try pair(dialler: .stranger)
    try pair.connect()
    try pair.carry()
    #expect(pair.listenerSees.handshake == nil)
    #expect(pair.listenerSees.failure?.alertSent == .unknownAuthority)
    #expect(pair.listenerSees.failure?.fault == .peer)
    #expect(pair.listenerSees.failure?.stack.isEmpty == false)
    #expect(pair.diallerSees.failure?.alertReceived == .unknownAuthority)
    #expect(pair.diallerSees.failure?.fault == .ours)
    pair.listener.embeddedEventLoop.advanceTime(by: .seconds(2))
    #expect(!pair.listener.isActive, "the wait behind an alert is bounded")
  }

  @Test func aStrangeListenerNeverSeesTheDiallersCertificate() throws {
    let pair = try pair(listener: .stranger)
    try pair.connect()
    try pair.carry()
    #expect(pair.diallerSees.failure?.alertSent == .unknownAuthority)
    #expect(pair.listenerSees.handshake == nil)
    #expect(pair.listenerSees.failure?.alertReceived == .unknownAuthority)
  }

  @Test func aFlippedBitIsRefused() throws {
    let pair = try pair()
    try pair.connect()
    try pair.carry()
    pair.dialler.writeAndFlush(ByteBuffer(string: "sound"), promise: nil)
    var record = try #require(try pair.dialler.readOutbound(as: ByteBuffer.self))
    let index = record.writerIndex - 3
    record.setInteger((record.getInteger(at: index, as: UInt8.self) ?? 0) ^ 1, at: index)
    try pair.listener.writeInbound(record)
    #expect(pair.listenerSees.bytes.isEmpty)
    #expect(pair.listenerSees.failure?.alertSent == .badRecordMAC)
    try pair.carry()
    #expect(pair.diallerSees.failure?.alertReceived == .badRecordMAC)
  }

  /// Cut at every byte of the dialler's first flight: no crash, no handshake, one typed error.
  @Test func aHelloCutAnywhereAndThenGarbageIsRefused() throws {
    let first = try pair()
    try first.connect()
    let hello = try #require(try first.dialler.readOutbound(as: ByteBuffer.self))
    for cut in 0..<hello.readableBytes {
      let recorder = Recorder()
      let channel = try TLSPair.channel(.listener(zoo.identity(.region), offersJoining: false), recorder)
      try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
      if cut > 0, let part = hello.getSlice(at: 0, length: cut) { try channel.writeInbound(part) }
      try channel.writeInbound(ByteBuffer(repeating: 0xEE, count: 20_000))
      #expect(recorder.handshake == nil)
      if recorder.errors.isEmpty { channel.pipeline.fireChannelInactive() }
      #expect(recorder.errors.count == 1, "cut at \(cut)")
    }
  }
}

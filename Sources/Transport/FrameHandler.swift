import NIOCore

/// Bytes to frames and frames to bytes. What a length claims is believed only as its bytes arrive.
final class FrameHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = Frame
  typealias OutboundIn = Frame
  typealias OutboundOut = ByteBuffer

  private enum State {
    case header
    case payload(type: UInt8, length: Int)
    /// A frame was too large: nothing behind it can be read, and what comes is thrown away.
    case failed
  }

  private let limit: Int
  private let joiningLimit: Int?
  /// The longest payload that is read.
  private var inboundLimit: Int
  private var state = State.header
  /// What has come of the header or payload. Not within the state: taken out of an enum to grow, it would be
  /// copied at every step.
  private var partial = ByteBuffer()

  /// - Parameters:
  ///   - limit: the longest payload, both ways.
  ///   - joiningLimit: the longest one that is read where the peer joins; nil: the same.
  init(limit: Int, joiningLimit: Int? = nil) {
    self.limit = limit
    self.joiningLimit = joiningLimit
    inboundLimit = limit
  }

  /// Memory held for a frame that has not all come.
  var heldCapacity: Int { partial.capacity }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let event = event as? TLSHandshakeCompleted, event.alpn == .joining {
      inboundLimit = joiningLimit ?? limit
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    while bytes.readableBytes > 0 {
      guard advance(&bytes, context: context) else { return }
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let frame = unwrapOutboundIn(data)
    let length = frame.payload.readableBytes
    guard length <= limit else {
      promise?.fail(FrameTooLarge(length: length, limit: limit))
      return
    }
    var header = context.channel.allocator.buffer(capacity: Frame.headerLength)
    header.writeInteger(UInt32(length))
    header.writeInteger(frame.type)
    guard length > 0 else {
      context.write(wrapOutboundOut(header), promise: promise)
      return
    }
    // Header and payload go down apart, so that a large payload is not copied; TLS joins them in one record.
    context.write(wrapOutboundOut(header), promise: nil)
    context.write(wrapOutboundOut(frame.payload), promise: promise)
  }

  /// Reads one header or payload.
  /// - Returns: false where there is no more to do.
  private func advance(_ bytes: inout ByteBuffer, context: ChannelHandlerContext) -> Bool {
    switch state {
    case .header:
      guard var header = take(Frame.headerLength, from: &bytes) else { return false }
      guard let length = header.readInteger(as: UInt32.self), let type = header.readInteger(as: UInt8.self)
      else { preconditionFailure("a header of \(header.readableBytes) bytes") }
      guard Int(length) <= inboundLimit else {
        state = .failed
        // Whoever holds the connection tells the peer, and closes it.
        context.fireErrorCaught(FrameTooLarge(length: Int(length), limit: inboundLimit))
        return false
      }
      state = .payload(type: type, length: Int(length))
      return length > 0 || advance(&bytes, context: context)
    case .payload(let type, let length):
      guard let payload = take(length, from: &bytes) else { return false }
      state = .header
      context.fireChannelRead(wrapInboundOut(Frame(type: type, payload: payload)))
      return true
    case .failed:
      return false
    }
  }

  /// - Returns: exactly so many bytes, or nil where they have not all come; what has is kept.
  private func take(_ length: Int, from bytes: inout ByteBuffer) -> ByteBuffer? {
    let missing = length - partial.readableBytes
    guard var part = bytes.readSlice(length: min(missing, bytes.readableBytes)) else { return nil }
    // The usual case: it has come in one piece and is handed on without a copy.
    if part.readableBytes == length { return part }
    partial.writeBuffer(&part)
    guard partial.readableBytes == length else { return nil }
    defer { partial = ByteBuffer() }
    return partial
  }
}

import NIOCore

/// Tells a dialler beyond the limits, in TLS's words and without a handshake, that it is not its fault; then
/// waits a moment for it to read that.
final class RefusalHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// A record of one fatal alert, internal_error, as it looks before any key is agreed.
  private static let alert: [UInt8] = [21, 3, 3, 0, 2, 2, TLSAlert.internalError.rawValue]

  private let linger: TimeAmount
  private var timer: Scheduled<Void>?

  init(linger: TimeAmount) {
    self.linger = linger
  }

  func channelActive(context: ChannelHandlerContext) {
    let alert = context.channel.allocator.buffer(bytes: Self.alert)
    context.writeAndFlush(wrapOutboundOut(alert), promise: nil)
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: linger) { context.close(promise: nil) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    context.fireChannelInactive()
  }
}

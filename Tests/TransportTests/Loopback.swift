import NIOCore
import NIOPosix
import Synchronization
import Transport

/// A listener on a port of the loopback, with what it refused, and a task that serves each connection.
struct Loopback: Sendable {
  let listener: Listener
  let refusals: Refusals
  private let serving: Task<Void, Never>

  final class Refusals: Sendable {
    private let list = Mutex<[TransportError]>([])
    private let news = AsyncStream.makeStream(of: Void.self)
    var all: [TransportError] { list.withLock { $0 } }

    func add(_ error: TransportError) {
      list.withLock { $0.append(error) }
      news.continuation.yield()
    }

    /// Waits until there are so many; for one task at a time.
    func wait(for count: Int) async {
      var iterator = news.stream.makeAsyncIterator()
      while all.count < count { await iterator.next() }
    }
  }

  var port: Int { listener.address.port }

  init(
    _ context: TLSContext, limits: ConnectionLimits = .patient(),
    admission: ListenerLimits = ListenerLimits(),
    serve: @escaping @Sendable (Connection) async throws -> Void = Self.echo
  ) async throws {
    let refusals = Refusals()
    let listener = try await Listener.bind(
      host: "127.0.0.1", port: 0, context: context, limits: limits, admission: admission
    ) { _, error in refusals.add(error) }
    self.listener = listener
    self.refusals = refusals
    serving = Task {
      await withDiscardingTaskGroup { group in
        for await connection in listener.connections {
          group.addTask { try? await serve(connection) }
        }
      }
    }
  }

  static func echo(_ connection: Connection) async throws {
    for try await frame in connection.inbound { try await connection.send(frame) }
    await connection.close()
  }

  func stop() async {
    await listener.close()
    serving.cancel()
  }

  /// Waits for the nth refusal: it is noted on an event loop, in its own time.
  func refusal(_ count: Int = 1) async -> TransportError {
    await refusals.wait(for: count)
    return refusals.all[count - 1]
  }
}

extension ConnectionLimits {
  /// For tests of anything but time: a machine that is busy with other tests is no fault of a peer.
  static func patient(frameBytes: Int = 4 << 20, inboundBytes: Int = 1 << 20) -> ConnectionLimits {
    ConnectionLimits(
      frameBytes: frameBytes, connectTime: .seconds(300), handshakeTime: .seconds(300),
      idleTime: .seconds(1200), closeTime: .seconds(1200), inboundBytes: inboundBytes,
      joining: JoiningLimits(totalTime: .seconds(300)))
  }
}

extension Connection {
  func nextFrame() async throws(TransportError) -> Frame? {
    var iterator = inbound.makeAsyncIterator()
    return try await iterator.next()
  }
}

import NIOCore

/// Plaintext that waits to be encrypted, in order, with the promises of those who wrote it.
struct TLSOutbox {
  /// Some records, and whom to tell when they are on the wire.
  struct Slice {
    var ciphertext: ByteBuffer
    var promises: [EventLoopPromise<Void>]
  }

  private struct Chunk {
    var bytes: ByteBuffer
    var promise: EventLoopPromise<Void>?
  }

  private var chunks = MarkedCircularBuffer<Chunk>(initialCapacity: 8)
  /// Where small chunks are joined, so that a frame's header does not cost a record of its own.
  private var joined = ByteBuffer()

  mutating func append(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>?) {
    chunks.append(Chunk(bytes: bytes, promise: promise))
  }

  mutating func markFlush() {
    chunks.mark()
  }

  var hasFlushed: Bool { chunks.hasMark }

  /// Encrypts whole records until the slice is about so large or nothing flushed is left.
  mutating func encrypt(
    upTo limit: Int, with connection: TLSConnection
  ) -> (slice: Slice, failure: TLSFailure?) {
    var promises: [EventLoopPromise<Void>] = []
    var taken = 0
    connection.reserve(plaintext: limit)
    while taken < limit, hasFlushed {
      let (step, count) = encryptRecord(with: connection, done: &promises)
      taken += count
      if case .failed(let failure) = step {
        return (Slice(ciphertext: connection.takeOutgoing() ?? ByteBuffer(), promises: promises), failure)
      }
    }
    return (Slice(ciphertext: connection.takeOutgoing() ?? ByteBuffer(), promises: promises), nil)
  }

  /// Gives up everything that was not encrypted.
  mutating func fail(_ error: any Error) {
    while let chunk = chunks.popFirst() { chunk.promise?.fail(error) }
  }

  private mutating func encryptRecord(
    with connection: TLSConnection, done: inout [EventLoopPromise<Void>]
  ) -> (TLSConnection.Step, Int) {
    let limit = TLSConnection.recordLimit
    guard let first = chunks.first else { return (.complete, 0) }
    if first.bytes.readableBytes >= limit {
      let step = first.bytes.withUnsafeReadableBytes {
        connection.write(UnsafeRawBufferPointer(rebasing: $0[..<limit]))
      }
      consume(limit, done: &done)
      return (step, limit)
    }
    joined.clear()
    while hasFlushed, let next = chunks.first, joined.readableBytes < limit {
      let count = min(limit - joined.readableBytes, next.bytes.readableBytes)
      next.bytes.withUnsafeReadableBytes {
        _ = joined.writeBytes(UnsafeRawBufferPointer(rebasing: $0[..<count]))
      }
      consume(count, done: &done)
    }
    return (joined.withUnsafeReadableBytes { connection.write($0) }, joined.readableBytes)
  }

  private mutating func consume(_ count: Int, done: inout [EventLoopPromise<Void>]) {
    let index = chunks.startIndex
    chunks[index].bytes.moveReaderIndex(forwardBy: count)
    guard chunks[index].bytes.readableBytes == 0, let chunk = chunks.popFirst() else { return }
    if let promise = chunk.promise { done.append(promise) }
  }
}

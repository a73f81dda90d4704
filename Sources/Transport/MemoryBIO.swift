import COpenSSL
import NIOCore

/// The wire as OpenSSL sees it: what has been fed is read from, what is written is collected. OpenSSL's own
/// memory BIO would copy each byte once more each way.
final class MemoryBIO {
  private let bio: OpaquePointer
  private var incoming = ByteBuffer()
  private var outgoing = ByteBuffer()

  init() throws(TLSContextError) {
    guard let method = MemoryBIOMethod.shared.pointer, let bio = BIO_new(method) else {
      throw .openSSL(OpenSSLError.takeAll())
    }
    self.bio = bio
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
  }

  deinit {
    // OpenSSL may hold the BIO longer than we live; without data the callbacks answer with an error.
    BIO_set_data(bio, nil)
    BIO_free(bio)
  }

  /// Makes this the wire of a connection in both directions.
  func attach(to ssl: OpaquePointer) {
    BIO_up_ref(bio)
    SSL_set_bio(ssl, bio, bio)
  }

  /// Bytes fed that OpenSSL has not taken yet.
  var unreadCount: Int { incoming.readableBytes }

  func feed(_ bytes: ByteBuffer) {
    if incoming.readableBytes == 0 {
      incoming = bytes
    } else {
      var bytes = bytes
      incoming.writeBuffer(&bytes)
    }
  }

  /// Gives what has to go to the peer, and forgets it.
  func takeOutgoing() -> ByteBuffer? {
    guard outgoing.readableBytes > 0 else { return nil }
    defer { outgoing = ByteBuffer() }
    return outgoing
  }

  /// Room for what is about to be written, so that it does not grow record by record.
  func reserve(_ count: Int) {
    outgoing.reserveCapacity(minimumWritableBytes: count)
  }

  /// - Returns: how many bytes were copied; 0 where there are none now.
  fileprivate func read(into target: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(target.count, incoming.readableBytes)
    guard count > 0 else { return 0 }
    incoming.readWithUnsafeReadableBytes { source in
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
      return count
    }
    // What was received is not kept alive by an empty slice of it.
    if incoming.readableBytes == 0 { incoming = ByteBuffer() }
    return count
  }

  fileprivate func write(_ source: UnsafeRawBufferPointer) {
    outgoing.writeBytes(source)
  }

  fileprivate static func owner(of bio: OpaquePointer?) -> MemoryBIO? {
    guard let data = BIO_get_data(bio) else { return nil }
    return Unmanaged<MemoryBIO>.fromOpaque(data).takeUnretainedValue()
  }
}

/// The callbacks of every `MemoryBIO`.
///
/// `@unchecked Sendable`: the method table is filled once, in `init`, and only read afterwards.
private final class MemoryBIOMethod: @unchecked Sendable {
  static let shared = MemoryBIOMethod()
  let pointer: OpaquePointer?

  private init() {
    pointer = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "taizhang")
    BIO_meth_set_read(pointer) { bio, bytes, count in
      BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_IO_SPECIAL | BIO_FLAGS_SHOULD_RETRY)
      guard let owner = MemoryBIO.owner(of: bio), let bytes, count > 0 else { return -1 }
      let copied = owner.read(into: UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)))
      if copied == 0 {
        BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
        return -1
      }
      return CInt(copied)
    }
    BIO_meth_set_write(pointer) { bio, bytes, count in
      BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_IO_SPECIAL | BIO_FLAGS_SHOULD_RETRY)
      guard let owner = MemoryBIO.owner(of: bio), let bytes, count > 0 else { return -1 }
      owner.write(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
      return count
    }
    BIO_meth_set_ctrl(pointer) { bio, command, _, _ in
      switch command {
      // Nothing is held back here, so a flush is always done.
      case CInt(BIO_CTRL_FLUSH): return 1
      case CInt(BIO_CTRL_PENDING): return MemoryBIO.owner(of: bio)?.unreadCount ?? 0
      default: return 0
      }
    }
  }
}

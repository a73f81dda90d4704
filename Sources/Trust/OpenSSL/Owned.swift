internal import COpenSSL

/// A C object that is freed with its last Swift reference.
final class Owned<Pointer> {
  let raw: Pointer
  private let free: (Pointer) -> Void

  /// - Parameters:
  ///   - name: what the call is called in an error.
  ///   - free: OpenSSL's function for that.
  /// - Throws: `openSSL` where `make` gives no pointer.
  init(_ name: String, free: @escaping (Pointer) -> Void, _ make: () -> Pointer?) throws(TrustError) {
    raw = try OpenSSLCall.pointer(name, make)
    self.free = free
  }

  deinit { free(raw) }
}

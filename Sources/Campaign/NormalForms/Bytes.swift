extension String {
  /// The text's UTF-8; like `withUTF8`, but of a constant and with a typed error.
  func withBytes<Result, Fault: Error>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(Fault) -> Result
  ) throws(Fault) -> Result {
    var copy = self
    let outcome = copy.withUTF8 { (bytes) -> Swift.Result<Result, Fault> in
      do throws(Fault) {
        return .success(try body(bytes))
      } catch {
        return .failure(error)
      }
    }
    return try outcome.get()
  }
}

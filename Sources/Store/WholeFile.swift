/// A file that is written whole or not at all: what fails midway leaves nothing, and what stood there stays.
public enum WholeFile {
  /// Durable when it returns: a stick may be pulled out right after.
  ///
  /// - Throws: `StoreError.file`, `diskFull` where there is no room.
  public static func write(_ bytes: [UInt8], to path: String) throws(StoreError) {
    let writer = try WholeFileWriter(path)
    try writer.write(bytes)
    try writer.finish()
  }
}

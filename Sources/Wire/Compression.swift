internal import CZstd

/// zstd over one frame's payload.
public enum Compression {
  private static let level: Int32 = 1

  public static func deflate(_ bytes: [UInt8]) -> [UInt8] {
    let bound = ZSTD_compressBound(bytes.count)
    return [UInt8](unsafeUninitializedCapacity: bound) { out, count in
      let size = ZSTD_compress(out.baseAddress, bound, bytes, bytes.count, level)
      precondition(ZSTD_isError(size) == 0, "zstd compresses into its own bound")
      count = size
    }
  }

  /// - Throws: `limit` before anything is allocated where the frame says that it is larger than allowed.
  public static func inflate(_ bytes: [UInt8]) throws(WireFault) -> [UInt8] {
    let size = ZSTD_getFrameContentSize(bytes, bytes.count)
    // The two highest values mean an unknown size and an error.
    guard size < UInt64.max - 1 else { throw .badCompression }
    guard size <= UInt64(Limits.inflatedBytes) else {
      throw .limit(name: "inflated", value: Int(clamping: size), limit: Limits.inflatedBytes)
    }
    var failed = false
    let out = [UInt8](unsafeUninitializedCapacity: Int(size)) { out, count in
      let result = ZSTD_decompress(out.baseAddress, Int(size), bytes, bytes.count)
      failed = ZSTD_isError(result) != 0 || result != Int(size)
      count = failed ? 0 : result
    }
    guard !failed else { throw .badCompression }
    return out
  }
}

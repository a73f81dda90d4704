import Glibc

/// Standard error: nobody may be there to read it, which is no reason to end.
enum StandardError {
  static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var written = 0
      while written < bytes.count {
        let count = Glibc.write(2, bytes.baseAddress! + written, bytes.count - written)
        if count > 0 { written += count } else if errno != EINTR { return }
      }
    }
  }

  /// A program may be started without the three standard files. The next file that it opened would get such a
  /// number, and a message would be written into the store: something must stand there that takes nothing.
  static func fillGaps() {
    for (descriptor, mode) in [(Int32(0), O_WRONLY), (1, O_RDONLY), (2, O_RDONLY)]
    where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", mode)
    }
  }
}

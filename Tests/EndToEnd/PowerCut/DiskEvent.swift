import Foundation

/// One thing that the program did to the files of a folder, or said: an entry of what `Tests/DiskTrace` writes down.
struct DiskEvent {
  enum Kind: UInt32 {
    case created = 1
    case folder, nameless, linked, renamed, removed, written, resized, synced, said
  }

  var process: Int32
  var kind: Kind
  /// The inode.
  var file: UInt64
  /// Where the content was written, or how long the file is now.
  var place: Int
  var path: String
  /// The new name, of what was renamed.
  var other: String
  var content: ArraySlice<UInt8>

  /// Bytes of an entry before its texts: see `disk_trace_entry`.
  static let headLength = 40

  /// Reads the entry at the beginning of `bytes`; nil where it is not all there yet.
  init?(_ bytes: ArraySlice<UInt8>) {
    guard bytes.count >= DiskEvent.headLength else { return nil }
    func number<T: FixedWidthInteger>(_ place: Int) -> T {
      bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: T.self) }
    }
    let length = Int(number(0) as UInt32)
    guard bytes.count >= length, let kind = Kind(rawValue: number(8)) else { return nil }
    let start = bytes.startIndex + DiskEvent.headLength
    let middle = start + Int(number(12) as UInt32)
    let end = middle + Int(number(16) as UInt32)
    process = number(4)
    self.kind = kind
    file = number(24)
    place = number(32)
    path = String(decoding: bytes[start..<middle], as: UTF8.self)
    other = String(decoding: bytes[middle..<end], as: UTF8.self)
    content = bytes[end..<bytes.startIndex + length]
  }

  /// Of the whole entry, in bytes.
  var length: Int { DiskEvent.headLength + path.utf8.count + other.utf8.count + content.count }
}

extension DiskEvent: CustomStringConvertible {
  var description: String {
    kind == .said
      ? "said \(String(decoding: content.prefix(80), as: UTF8.self))"
      : "\(kind) \(path) \(other) file \(file) at \(place), \(content.count) bytes"
  }
}

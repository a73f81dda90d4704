/// Where a log and its records belong: a division's records, or its notices (what all offices below read).
public struct Space: Hashable, Sendable, Comparable {
  public enum Section: UInt8, Sendable, CaseIterable {
    case records = 0
    case notices = 1
  }

  public var division: DivisionCode
  public var section: Section

  public init(division: DivisionCode, section: Section) {
    self.division = division
    self.section = section
  }

  public static func < (a: Space, b: Space) -> Bool {
    a.division != b.division ? a.division < b.division : a.section.rawValue < b.section.rawValue
  }
}

extension Space: CustomStringConvertible {
  public var description: String { section == .records ? "\(division)" : "\(division)/notices" }
}

/// A log: the dense sequence (1, 2, 3 …) of one node's changes in one space and one epoch.
///
/// The epoch is 64 random bits: a store that finds itself copied or restored begins a new one.
public struct LogID: Hashable, Sendable, Comparable {
  public var node: NodeID
  public var space: Space
  public var epoch: UInt64

  public init(node: NodeID, space: Space, epoch: UInt64) {
    self.node = node
    self.space = space
    self.epoch = epoch
  }

  public static func < (a: LogID, b: LogID) -> Bool {
    if a.space != b.space { return a.space < b.space }
    if a.node != b.node { return a.node < b.node }
    return a.epoch < b.epoch
  }

  /// The bytes that hashes and signatures are taken over: node (32), epoch (8, big-endian), section (1),
  /// length of the code (1), the code.
  func write(to out: inout ByteWriter) {
    out.write(node.hash)
    out.write(bigEndian: epoch)
    out.write(byte: space.section.rawValue)
    let code = space.division.utf8
    out.write(byte: UInt8(code.count))
    out.write(bytes: code)
  }

  public var canonicalBytes: [UInt8] {
    var out = ByteWriter()
    write(to: &out)
    return out.bytes
  }

  /// - Returns: nil unless `bytes` is exactly what `canonicalBytes` gives for some log.
  public init?(canonicalBytes bytes: UnsafeRawBufferPointer) {
    guard bytes.count > 42, let node = NodeID(bytes[0..<32]),
      let section = Space.Section(rawValue: bytes[40]),
      Int(bytes[41]) == bytes.count - 42, let division = DivisionCode(bytes[42...])
    else { return nil }
    let epoch = bytes.loadUnaligned(fromByteOffset: 32, as: UInt64.self).bigEndian
    self.init(node: node, space: Space(division: division, section: section), epoch: epoch)
  }
}

extension LogID: CustomStringConvertible {
  public var description: String {
    "\(node.description.prefix(12))@\(space)#\(epoch.bigEndianBytes.hex)"
  }
}

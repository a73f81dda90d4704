internal import Ledger

/// What the certificate's own extension says: the office, its scope and its rights.
public struct Office: Hashable, Sendable {
  public var name: String
  /// Stays the same when a computer is replaced.
  public var id: String
  public var scope: Scope
  public var rights: Rights

  public init(name: String, id: String, scope: Scope, rights: Rights) {
    self.name = name
    self.id = id
    self.scope = scope
    self.rights = rights
  }

  /// Whether it is no more than another one in what it covers, in its place and in its rights.
  public func isWithin(_ other: Office) -> Bool {
    scope.covered.allSatisfy(other.scope.covers) && scope.rank >= other.scope.rank
      && other.rights.isSuperset(of: rights)
  }

  /// Whether it may certify another one.
  public func mayCertify(_ other: Office) -> Bool {
    rights.contains(.enrol) && other.scope.isWithin(scope) && rights.isSuperset(of: other.rights)
  }

  /// Version 1: name, id, division, covered divisions, ancestors (all length-prefixed), rights.
  var encoded: [UInt8] {
    var out = ByteWriter()
    out.write(byte: 1)
    out.write(lengthPrefixed: Array(name.utf8))
    out.write(lengthPrefixed: Array(id.utf8))
    out.write(lengthPrefixed: scope.division.utf8)
    for list in [scope.covered, scope.ancestors] {
      out.write(varint: UInt64(list.count))
      for code in list { out.write(lengthPrefixed: code.utf8) }
    }
    out.write(byte: rights.rawValue)
    return out.bytes
  }

  /// - Returns: nil unless `encoded` is exactly what `encoded` gives for some office.
  init?(encoded: [UInt8]) {
    let parsed = encoded.withUnsafeBytes { raw -> Office? in
      var reader = ByteReader(raw)
      guard (try? reader.readByte()) == 1, let name = reader.text(), let id = reader.text(),
        let division = reader.code(), let covered = reader.codes(), let ancestors = reader.codes(),
        let rights = try? reader.readByte(), covered.contains(division)
      else { return nil }
      return Office(
        name: name, id: id, scope: Scope(division: division, covered: covered, ancestors: ancestors),
        rights: Rights(rawValue: rights))
    }
    // One spelling an office: lists in their order, shortest numbers, nothing behind.
    guard let parsed, parsed.encoded == encoded else { return nil }
    self = parsed
  }
}

extension ByteReader {
  fileprivate mutating func text() -> String? {
    // U+0000 is part of no name: a text of the database ends before it.
    guard let bytes = try? readLengthPrefixed(), !bytes.contains(0) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  fileprivate mutating func code() -> DivisionCode? {
    (try? readLengthPrefixed()).flatMap { DivisionCode($0) }
  }

  fileprivate mutating func codes() -> [DivisionCode]? {
    guard let count = try? readVarint(), count <= UInt64(remaining) else { return nil }
    var found: [DivisionCode] = []
    for _ in 0..<count {
      guard let code = code() else { return nil }
      found.append(code)
    }
    return found
  }
}

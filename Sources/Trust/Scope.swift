public import Ledger

/// Where an office may write and what it may read, spelled out in its certificate, so that no check of
/// authority reads a campaign pack.
public struct Scope: Hashable, Sendable {
  /// The office's own division.
  public let division: DivisionCode
  /// The divisions that it writes for, ascending: its subtree, or itself alone.
  public let covered: [DivisionCode]
  /// The divisions above, nearest first; their notices are read.
  public let ancestors: [DivisionCode]

  public init(division: DivisionCode, covered: [DivisionCode], ancestors: [DivisionCode]) {
    self.division = division
    self.covered = Array(Set(covered).union([division])).sorted()
    self.ancestors = ancestors
  }

  /// 0 is the highest office.
  public var rank: UInt8 { UInt8(clamping: ancestors.count) }

  public func covers(_ division: DivisionCode) -> Bool {
    var low = 0
    var high = covered.count
    while low < high {
      let middle = (low + high) / 2
      if covered[middle] < division { low = middle + 1 } else { high = middle }
    }
    return low < covered.count && covered[low] == division
  }

  public func mayWrite(_ space: Space) -> Bool { covers(space.division) }

  public func mayRead(_ space: Space) -> Bool {
    covers(space.division) || space.section == .notices && ancestors.contains(space.division)
  }

  public func isWithin(_ other: Scope) -> Bool { covered.allSatisfy(other.covers) }
}

/// What a certificate allows beside writing.
public struct Rights: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let enrol = Rights(rawValue: 1)
  public static let issuePacks = Rights(rawValue: 2)
  public static let redact = Rights(rawValue: 4)
  public static let all: Rights = [.enrol, .issuePacks, .redact]
}

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
    guard let parsed else { return nil }
    self = parsed
  }
}

extension ByteReader {
  fileprivate mutating func text() -> String? {
    (try? readLengthPrefixed()).flatMap { String(validating: $0, as: UTF8.self) }
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

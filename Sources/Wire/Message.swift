public import Ledger

/// What two stores say to each other; Protocol/SPEC.md has a section for each.
public enum Message: Sendable {
  case hello(Hello)
  case offer([OfferedRange])
  case held([HeldLog])
  case changes(ChangesFrame)
  case acknowledge(frames: UInt64)
  case done(Done)
  case failure(Failure)
  case joinRequest(JoinRequest)
  case joinAnswer(JoinAnswer)

  public var type: UInt8 {
    switch self {
    case .hello: 1
    case .offer: 2
    case .held: 3
    case .changes: 4
    case .acknowledge: 5
    case .done: 6
    case .failure: 7
    case .joinRequest: 8
    case .joinAnswer: 9
    }
  }

  public func encoded() -> [UInt8] {
    var out = ByteWriter(capacity: 256)
    switch self {
    case .hello(let hello): hello.write(to: &out)
    case .offer(let ranges):
      out.write(varint: UInt64(ranges.count))
      for range in ranges { range.write(to: &out) }
    case .held(let logs):
      out.write(varint: UInt64(logs.count))
      for log in logs { log.write(to: &out) }
    case .changes(let frame):
      frame.write(to: &out)
      return Compression.deflate(out.bytes)
    case .acknowledge(let frames): out.write(varint: frames)
    case .done(let done): done.write(to: &out)
    case .failure(let failure): failure.write(to: &out)
    case .joinRequest(let request): request.write(to: &out)
    case .joinAnswer(let answer): answer.write(to: &out)
    }
    return out.bytes
  }

  public init(type: UInt8, payload: [UInt8]) throws(WireFault) {
    let bytes = type == 4 ? try Compression.inflate(payload) : payload
    do {
      self = try bytes.withUnsafeBytes { raw in
        var reader = ByteReader(raw)
        let message = try Message(type: type, from: &reader)
        guard reader.isAtEnd else { throw WireFault.malformed(type: type) }
        return message
      }
    } catch let fault as WireFault {
      throw fault
    } catch {
      throw .malformed(type: type)
    }
  }

  private init(type: UInt8, from reader: inout ByteReader) throws {
    switch type {
    case 1: self = .hello(try Hello(from: &reader))
    case 2:
      self = .offer(try reader.list(limit: Limits.logsPerMessage, "logs") { try OfferedRange(from: &$0) })
    case 3: self = .held(try reader.list(limit: Limits.logsPerMessage, "logs") { try HeldLog(from: &$0) })
    case 4: self = .changes(try ChangesFrame(from: &reader))
    case 5: self = .acknowledge(frames: try reader.readVarint())
    case 6: self = .done(try Done(from: &reader))
    case 7: self = .failure(try Failure(from: &reader))
    case 8: self = .joinRequest(try JoinRequest(from: &reader))
    case 9: self = .joinAnswer(try JoinAnswer(from: &reader))
    default: throw WireFault.unknownType(type)
    }
  }
}

extension ByteReader {
  /// A counted list, within a limit.
  mutating func list<T>(limit: Int, _ name: String, _ read: (inout ByteReader) throws -> T) throws -> [T] {
    let count = try readVarint()
    guard count <= UInt64(limit) else {
      throw WireFault.limit(name: name, value: Int(clamping: count), limit: limit)
    }
    guard count <= UInt64(remaining) else { throw Fault.truncated }
    var items: [T] = []
    for _ in 0..<count { items.append(try read(&self)) }
    return items
  }

  mutating func text() throws -> String {
    guard let text = String(validating: try readLengthPrefixed(), as: UTF8.self) else {
      throw Fault.truncated
    }
    return text
  }

  mutating func log() throws -> LogID {
    guard let log = LogID(canonicalBytes: try readLengthPrefixed()) else { throw Fault.truncated }
    return log
  }
}

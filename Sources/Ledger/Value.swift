/// One value of a record's field, in its one normal form.
///
/// Equality is equality of the normal form's bytes: two offices that mean the same thing hold the same `Value`
/// (Campaign sees to that before a value gets here), and equal values are no conflict.
public enum Value: Hashable, Sendable {
  /// A field that was emptied by someone. (A field nobody ever wrote has no value at all.)
  case null
  case flag(Bool)
  case integer(Int64)
  /// Days since 1970-01-01 in the proleptic Gregorian calendar; no time zone is involved.
  case date(Int32)
  /// An entry of a code list, by its code; ASCII, never translated.
  case code(String)
  /// A decimal number in its shortest spelling: no leading `+`, no superfluous zeros, `-` only before
  /// a number other than zero (`0`, `-1.5`, `1200`).
  case decimal(String)
  /// Another record.
  case record(RecordID)
  /// Free text: the only value that can be erased later (a leaf of its own, see `ChangeBody`).
  case text(String)
  /// A text that was erased by a redaction. All are equal: nobody can tell any more what they were.
  case erased
  /// What a newer version wrote: `shape` as on the wire, and its payload, kept untouched.
  case unknown(shape: UInt8, payload: [UInt8])
}

extension Value {
  public static func == (a: Value, b: Value) -> Bool {
    switch (a, b) {
    case (.null, .null), (.erased, .erased): true
    case (.flag(let a), .flag(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.date(let a), .date(let b)): a == b
    case (.code(let a), .code(let b)), (.decimal(let a), .decimal(let b)), (.text(let a), .text(let b)):
      a.hasSameBytes(as: b)
    case (.record(let a), .record(let b)): a == b
    case (.unknown(let a, let first), .unknown(let b, let second)): a == b && first == second
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(shape)
    switch self {
    case .null, .flag, .erased: break
    case .integer(let number): hasher.combine(number)
    case .date(let days): hasher.combine(days)
    case .code(let text), .decimal(let text), .text(let text): text.hashBytes(into: &hasher)
    case .record(let id): hasher.combine(id)
    case .unknown(_, let payload): hasher.combine(payload)
    }
  }

  /// The four bits that say on the wire what follows. The low two bits say how long it is (0 nothing,
  /// 1 a varint, 2 length-prefixed bytes in the mutation's value leaf, 3 a text leaf of its own), so that
  /// a shape this version does not know can still be skipped and kept.
  public var shape: UInt8 {
    switch self {
    case .null: 0
    case .flag(false): 4
    case .flag(true): 8
    case .integer: 1
    case .date: 5
    case .code: 2
    case .decimal: 6
    case .record: 10
    case .text: 3
    case .erased: 12
    case .unknown(let shape, _): shape
    }
  }

  /// Writes the payload (nothing of the shape) in the form that the value leaf and the record state use.
  /// Text is written length-prefixed here; in a change it is a leaf of its own.
  public func writePayload(to out: inout ByteWriter) {
    switch self {
    case .null, .flag, .erased: break
    case .integer(let number): out.write(varint: zigZag(number))
    case .date(let days): out.write(varint: zigZag(Int64(days)))
    case .code(let text), .decimal(let text), .text(let text):
      out.write(lengthPrefixed: text)
    case .record(let id):
      out.write(varint: 16)
      out.write(bigEndian: id.high)
      out.write(bigEndian: id.low)
    case .unknown(let shape, let payload):
      if shape & 3 >= 2 { out.write(varint: UInt64(payload.count)) }
      out.write(bytes: payload)
    }
  }

  /// Reads what `writePayload` wrote for `shape`.
  public init(shape: UInt8, from reader: inout ByteReader) throws(ByteReader.Fault) {
    switch shape & 3 {
    case 0: self = Value(emptyShape: shape)
    case 1:
      let start = reader
      let raw = try reader.readVarint()
      switch shape {
      case 1: self = .integer(unZigZag(raw))
      case 5 where Int32(exactly: unZigZag(raw)) != nil: self = .date(Int32(unZigZag(raw)))
      default:
        var again = start
        let payload = try again.read(count: reader.position - start.position)
        self = .unknown(shape: shape, payload: Array(payload))
      }
    default:
      self = Value(shape: shape, bytes: try reader.readLengthPrefixed())
    }
  }

  private init(emptyShape shape: UInt8) {
    switch shape {
    case 0: self = .null
    case 4: self = .flag(false)
    case 8: self = .flag(true)
    case 12: self = .erased
    default: self = .unknown(shape: shape, payload: [])
    }
  }

  /// A value of a shape whose payload is bytes.
  init(shape: UInt8, bytes: UnsafeRawBufferPointer) {
    switch shape {
    case 2: self = .code(String(decoding: bytes, as: UTF8.self))
    case 6: self = .decimal(String(decoding: bytes, as: UTF8.self))
    case 10 where bytes.count == 16: self = .record(RecordID(bytes)!)
    case 3: self = .text(String(decoding: bytes, as: UTF8.self))
    default: self = .unknown(shape: shape, payload: Array(bytes))
    }
  }
}

internal import Ledger

extension OfferedRange {
  func write(to out: inout ByteWriter) {
    out.write(lengthPrefixed: log.canonicalBytes)
    out.write(varint: from)
    out.write(varint: to)
    out.write(toHash)
  }

  init(from reader: inout ByteReader) throws {
    self.init(
      log: try reader.log(), from: try reader.readVarint(), to: try reader.readVarint(),
      toHash: try reader.readHash())
  }
}

extension HeldLog {
  func write(to out: inout ByteWriter) {
    out.write(lengthPrefixed: log.canonicalBytes)
    out.write(varint: UInt64(points.count))
    for point in points {
      out.write(varint: point.n)
      out.write(point.hash)
    }
  }

  init(from reader: inout ByteReader) throws {
    let log = try reader.log()
    let points = try reader.list(limit: 128, "points") {
      HeldLog.Point(n: try $0.readVarint(), hash: try $0.readHash())
    }
    self.init(log: log, points: points)
  }
}

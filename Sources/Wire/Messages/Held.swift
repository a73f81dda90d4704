internal import FoundationEssentials
public import Ledger
internal import SwiftProtobuf

extension [HeldLog] {
  /// As many as one message may hold. What is not named as held is sent once more, and changes nothing.
  public var fittingMessage: [HeldLog] {
    var room = Limits.frameBytes
    var fitting: [HeldLog] = []
    for log in prefix(Limits.logsPerMessage) {
      let points = [HeldLog.Point](log.points.prefix(Limits.pointsPerLog))
      // The log's name and the lengths; a number of at most ten bytes and a hash a point.
      room -= 80 + 42 * points.count
      guard room >= 0 else { break }
      fitting.append(HeldLog(log: log.log, points: points))
    }
    return fitting
  }
}

extension ProtoHeld {
  init(_ logs: [HeldLog]) {
    log = logs.map { log in
      .with {
        $0.log = Data(log.log.canonicalBytes)
        $0.n = log.points.map(\.n)
        $0.hashes = Data(log.points.flatMap(\.hash.bytes))
      }
    }
  }

  var logs: [HeldLog] {
    get throws {
      try log.map { carrier in
        try WireFault.check("points", carrier.n.count, limit: Limits.pointsPerLog)
        let hashes = try carrier.hashes.exactly(carrier.n.count * Hash256.byteCount)
        let points = try carrier.n.enumerated().map { index, n in
          let start = index * Hash256.byteCount
          guard let hash = Hash256(hashes[start..<start + Hash256.byteCount]) else { throw CarriedFault() }
          return HeldLog.Point(n: try n.number(), hash: hash)
        }
        return HeldLog(log: try carrier.log.log(), points: points)
      }
    }
  }
}

internal import FoundationEssentials
internal import Ledger

/// A carrier's bytes that are not what the field asks for.
struct CarriedFault: Error {}

extension Data {
  /// - Throws: unless there are exactly so many bytes.
  func exactly(_ count: Int) throws -> [UInt8] {
    guard self.count == count else { throw CarriedFault() }
    return [UInt8](self)
  }

  func hash() throws -> Hash256 {
    guard let hash = Hash256(self) else { throw CarriedFault() }
    return hash
  }

  func log() throws -> LogID {
    guard let log = withUnsafeBytes({ LogID(canonicalBytes: $0) }) else { throw CarriedFault() }
    return log
  }
}

extension UInt64 {
  /// A change's number: what a store counts with is signed.
  func number() throws -> UInt64 {
    guard self <= UInt64(Int64.max) else { throw CarriedFault() }
    return self
  }
}

extension ProtoCursor {
  init(_ cursor: ArrivalCursor) {
    store = Data(cursor.store)
    arrival = UInt64(cursor.arrival)
    running = Data(cursor.running)
  }

  func cursor() throws -> ArrivalCursor {
    guard let arrival = Int64(exactly: arrival) else { throw CarriedFault() }
    return ArrivalCursor(store: try store.exactly(16), arrival: arrival, running: try running.exactly(16))
  }
}

extension ProtoHead {
  /// The time is not sent.
  init(_ head: LogHead) {
    log = Data(head.log.canonicalBytes)
    n = head.n
    hash = Data(head.hash.bytes)
  }

  func head() throws -> LogHead {
    LogHead(log: try log.log(), n: try n.number(), hash: try hash.hash(), time: 0)
  }
}

extension ProtoWholeWord {
  init(_ word: WholeWord) {
    signer = Data(word.signer.hash.bytes)
    term = word.signing.term
    time = word.signing.time
  }

  func word() throws -> WholeWord {
    WholeWord(
      signer: NodeID(try signer.hash()), signing: SigningTime(term: try term.number(), time: time))
  }
}

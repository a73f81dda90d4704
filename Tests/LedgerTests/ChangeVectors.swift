import Ledger
import TestSupport

/// Changes as vectors say them, each with what it makes of the record that its first mutation is about.
struct ChangeVectors {
  private(set) var lines: [[String: Any]] = []
  private(set) var states: [RecordPlace: RecordState] = [:]
  private var replica = Replica()

  /// Appends a change to a log and tells it.
  mutating func add(_ head: inout LogHead, of record: RecordID, _ title: String, _ content: ChangeContent)
    throws -> ChangeRef
  {
    let before = head
    let (change, _) = try head.append(content, seed: seed16, sign: { _ in noSignature })
    let body = try ChangeBody(change.body)
    let decoded = try ChangeDecoder.decode(body, of: change.ref, previousTime: before.time)
    replica.held.insert(change.ref)
    if before.n > 0 { replica.parents[change.ref] = before.ref }
    let place = RecordPlace(space: head.log.space, record: record)
    var state = states[place] ?? RecordState()
    state.apply(decoded.mutations[0], firstK: 1, of: change.ref, time: change.time, knowledge: replica)
    state.noteApplied(change.ref)
    states[place] = state
    lines.append([
      "title": title, "log": change.log.canonicalBytes.hex, "n": change.n,
      "previous_hash": before.hash.description, "body": change.body.hex,
      "body_digest": body.digest.description, "hash": change.hash.description,
      "signed": head.signedBytes.hex, "record": record.description, "record_state": state.encoded.hex,
      "record_state_hash": state.hash(of: record, in: head.log.space).description,
    ])
    return change.ref
  }
}

internal import Ledger

/// Record states that a batch has touched: merged in memory and written once, however many of its changes touch one.
///
/// Bounded by number and bytes; the one touched last stays whatever it takes, for to merge into it it has to be in
/// memory as a whole.
struct OpenStates {
  /// A class, so that merging changes the state in its place.
  final class Entry {
    let key: Int64
    let id: RecordID
    let space: Space
    var state: RecordState
    /// Its hash as it was written last; nil where it held nothing.
    let before: Hash256?
    let awaitedBefore: Set<ChangeRef>
    fileprivate var bytes: Int

    /// - Parameter bytes: about what the state takes.
    init(key: Int64, id: RecordID, space: Space, _ state: RecordState, bytes: Int) {
      self.key = key
      self.id = id
      self.space = space
      self.state = state
      self.bytes = bytes
      before = state.isEmpty ? nil : state.hash(of: id, in: space)
      awaitedBefore = state.awaitedChanges
    }
  }

  private struct Name: Hashable {
    var id: RecordID
    var space: Space
  }

  private static let most = 256
  private static let mostBytes = 16 << 20
  private var entries: [Name: Entry] = [:]
  private var byKey: [Int64: Entry] = [:]
  /// As they were opened.
  private var order: [Entry] = []
  private var bytes = 0

  func entry(_ id: RecordID, in space: Space) -> Entry? { entries[Name(id: id, space: space)] }

  func entry(key: Int64) -> Entry? { byKey[key] }

  mutating func add(_ entry: Entry) {
    entries[Name(id: entry.id, space: entry.space)] = entry
    byKey[entry.key] = entry
    order.append(entry)
    bytes += entry.bytes
  }

  /// An entry was merged into, which made it larger by about so much.
  mutating func note(_ more: Int, on entry: Entry) {
    entry.bytes += more
    bytes += more
  }

  /// - Parameter last: stays.
  /// - Returns: one to be written for want of room, which is open no longer; nil while there is room.
  mutating func takeSurplus(but last: Entry) -> Entry? {
    guard order.count > OpenStates.most || bytes > OpenStates.mostBytes,
      let index = order.firstIndex(where: { $0 !== last })
    else { return nil }
    let entry = order.remove(at: index)
    entries[Name(id: entry.id, space: entry.space)] = nil
    byKey[entry.key] = nil
    bytes -= entry.bytes
    return entry
  }

  /// All of them; none is open afterwards.
  mutating func takeAll() -> [Entry] {
    defer { self = OpenStates() }
    return order
  }
}

/// What was read last, by arrival number: bounded by number and by bytes, since a change may have a MiB and, taken
/// apart, many times that.
struct RecentlyRead<Value> {
  private let most: Int
  private let mostBytes: Int
  private var values: [Int64: (value: Value, bytes: Int)] = [:]
  /// Oldest first.
  private var order: [Int64] = []
  private(set) var bytes = 0

  /// - Parameters:
  ///   - most: how many are kept.
  ///   - bytes: how much they may take together; the newest is kept whatever it takes.
  init(most: Int, bytes: Int) {
    self.most = most
    mostBytes = bytes
  }

  var count: Int { values.count }

  subscript(arrival: Int64) -> Value? { values[arrival]?.value }

  /// - Parameter bytes: about what the value takes.
  mutating func keep(_ value: Value, bytes more: Int, as arrival: Int64) {
    if let former = values.updateValue((value, more), forKey: arrival) {
      bytes -= former.bytes
    } else {
      order.append(arrival)
    }
    bytes += more
    while order.count > most || bytes > mostBytes, let index = order.firstIndex(where: { $0 != arrival }) {
      bytes -= values.removeValue(forKey: order.remove(at: index))?.bytes ?? 0
    }
  }

  mutating func removeAll() {
    values.removeAll()
    order.removeAll()
    bytes = 0
  }
}

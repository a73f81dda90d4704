internal import GRDB
public import Ledger

extension Snapshot {
  /// What a node's notices hold of one type of statement, whether it counts or not, as it came.
  ///
  /// - Parameter type: as it stands in the log (`Statement.type`).
  public func statements(ofType type: UInt64, by node: NodeID) throws -> [HeldStatement] {
    try statements(type: Int(clamping: type), by: [node], all: true)
  }

  /// The person who entered what a statement orders; empty where no name was given.
  public func operatorName(of held: HeldStatement) throws -> String {
    try decoded.change(arrival: held.arrival).content.operatorName
  }
}

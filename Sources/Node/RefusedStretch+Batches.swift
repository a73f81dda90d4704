internal import Ledger
internal import Store
internal import Wire

extension RefusedStretch {
  /// What was set aside, as it came; nothing where it was not kept.
  var batches: [Batch] {
    guard let batch, case .changes(let frame) = try? Message(type: 4, payload: batch) else { return [] }
    return frame.batches.filter { $0.log == log }
  }
}

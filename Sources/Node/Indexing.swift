internal import Store

extension LocalNode {
  /// Lets the search index catch up where much has come in since: after what somebody waits for. A search is
  /// complete without it, only slower.
  public func catchUpIndex() throws {
    guard try store.read({ try $0.unindexedCount() }) >= Store.indexThreshold else { return }
    try store.indexTail()
  }
}

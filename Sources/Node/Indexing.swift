internal import Store

extension LocalNode {
  /// Lets the search index catch up where much has come in since: a transaction of its own, after the one
  /// that somebody waits for. A search is complete without it, only slower.
  public func catchUpIndex() throws {
    guard try store.read({ try $0.unindexedCount() }) >= Commit.indexThreshold else { return }
    try store.write { try $0.indexTail() }
  }
}

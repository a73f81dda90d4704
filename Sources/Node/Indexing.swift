internal import Store

extension LocalNode {
  /// Lets the search index catch up where much has come in since: after what somebody waits for. A search is
  /// complete without it, only slower.
  public func catchUpIndex() throws {
    guard try store.read({ try $0.unindexedCount() }) >= Store.indexThreshold else { return }
    try store.indexTail()
  }

  /// What is due after changes came in, behind what somebody waits for: a renewed certificate is taken up, those of
  /// others are renewed, nothing that was erased stays in the file nor in copies that count nowhere, and the search index
  /// catches up.
  ///
  /// - Returns: how the office's scope is another by that certificate; nil where there was none.
  @discardableResult
  public func tidyUp() -> ScopeChange? {
    let change = try? adoptRenewal()
    try? renewOwnIfDue()
    try? renewHeardOf()
    try? eraseUncountedCopies()
    _ = try? store.scrub()
    try? catchUpIndex()
    return change
  }

  /// One write of somebody's own changes, and behind it the index where it is due: that is looked up in the same
  /// transaction, for another one costs a fifth of an edit.
  func writeOwn<T>(_ body: (Commit) throws -> T) throws -> T {
    let (result, isDue) = try writeUnderCertificate { commit in
      (try body(commit), try commit.snapshot.unindexedCount() >= Store.indexThreshold)
    }
    if isDue { try? catchUpIndex() }
    // The last record that had a content which another one's erasure names may have let it go.
    removeUnwanted()
    return result
  }

  /// Where another process has joined meanwhile, what may be written is judged again, by the certificate that came.
  private func writeUnderCertificate<T>(_ body: (Commit) throws -> T) throws -> T {
    do {
      return try store.write(body)
    } catch StoreError.busy {
      let wasPlaced = isPlaced
      let isAnother = try renewIdentity()
      guard isAnother || !wasPlaced && isPlaced else { throw StoreError.busy }
      return try store.write(body)
    }
  }
}

internal import Ledger
internal import Replication
internal import Store
internal import Transport
internal import Trust
internal import Wire

/// Staying connected: what is committed here goes out at once, what a peer commits comes in.
extension LocalNode {
  public enum WatchEvent: Sendable {
    /// Something moved, and both sides hold it; also said once for each new link.
    case checkpoint(SyncReport)
    /// There is no link, and why; said again only when the reason is another. One that is made anew under another certificate
    /// is no fault (`LinkError.isRenewal`).
    case apart(SyncReport, retry: Duration)
  }

  /// Keeps a session with each of the peers until `stop` fires, and dials again where one is lost.
  ///
  /// - Parameter attachments: as of `sync`.
  /// - Throws: `notEnrolled`, or what opening the store a second time throws; a peer's trouble is told.
  public func watch(
    _ peers: [(label: String, address: String)], attachments: AttachmentWish = .byRule,
    pace: WatchPace = WatchPace(),
    until stop: StopSignal, _ tell: @escaping @Sendable (WatchEvent) -> Void
  ) async throws {
    _ = try tlsIdentity()
    let notices = CommitNotices()
    let watch = try StoreWatch(store)
    await withTaskGroup(of: Void.self) { group in
      let looking = Task { await notices.run(watch, every: pace.look) }
      for peer in peers {
        group.addTask(executorPreference: SessionThread()) {
          await self.follow(peer, attachments, notices, pace, stop, tell)
        }
      }
      await group.waitForAll()
      looking.cancel()
    }
  }

  private func follow(
    _ peer: (label: String, address: String), _ attachments: AttachmentWish, _ notices: CommitNotices,
    _ pace: WatchPace,
    _ stop: StopSignal, _ tell: @escaping @Sendable (WatchEvent) -> Void
  ) async {
    var failures = 0
    var said: String?
    while !stop.hasFired {
      let (error, node, hadLink) = await attend(peer, attachments, notices, pace, stop, tell)
      if stop.hasFired { return }
      if hadLink {
        failures = 0
        said = nil
      }
      failures += 1
      let wait = pace.wait(
        failures: failures, isRefused: LinkError.isForGood(error), random: surroundings.random64())
      if said != "\(error)" {
        said = "\(error)"
        var report = SyncReport(peer: peer.label, address: peer.address)
        report.node = node
        report.error = error
        tell(.apart(report, retry: wait))
      }
      guard await stop.sleep(wait) else { return }
    }
  }

  /// One link, from dialling to its end.
  /// - Returns: why it ended, who it was with where that came out, and whether both sides were ever through.
  private func attend(
    _ peer: (label: String, address: String), _ attachments: AttachmentWish, _ notices: CommitNotices,
    _ pace: WatchPace,
    _ stop: StopSignal, _ tell: @escaping @Sendable (WatchEvent) -> Void
  ) async -> (error: any Error, node: NodeID?, hadLink: Bool) {
    let start = surroundings.now()
    let connection: Connection
    do {
      guard let dialled = try await dial(peer.address, until: stop) else {
        return (LinkError.lost(.unfinished), nil, false)
      }
      connection = dialled
    } catch {
      return (error, nil, false)
    }
    let tally = SessionTally(self, connection, start: start)
    var end: any Error = LinkError.lost(.peerClosed)
    var node: NodeID?
    do {
      let trusted = try TrustedPeer(chain: connection.peerChain, node: self)
      node = trusted.node
      let watching = Watching(commits: notices.listen(), stop: stop, pace: pace)
      let (last, _) = try await converse(
        connection, trusted, at: peer.address, watching: watching, wish: attachments
      ) { summary in
        if let report = tally.report(summary) { tell(.checkpoint(report)) }
      }
      // What was not certain yet when the end was wanted is said now.
      if stop.hasFired, let report = tally.report(last), report.error != nil { tell(.checkpoint(report)) }
    } catch {
      end = LinkError.told(error)
    }
    await connection.close()
    // Either side may have been the first to notice, and has closed.
    if case LinkError.lost = end, hasRenewed(since: connection) { end = LinkError.lost(.renewed) }
    return (end, node, tally.hasTold)
  }

  /// Whether this node has another certificate by now than a link was made with, or is to take one up.
  private func hasRenewed(since connection: Connection) -> Bool {
    connection.ownCertificate != identity.chain.first?.der || (try? holdsRenewal()) == true
  }

  /// Dials until a link stands or `stop` fires: a host that does not answer would be waited for long after.
  ///
  /// - Returns: nil where the signal came first; what is under way then is closed once it stands.
  private func dial(_ address: String, until stop: StopSignal) async throws -> Connection? {
    let (outcomes, outcome) = AsyncStream<Result<Connection, any Error>?>.makeStream()
    let dialling = Task { () -> Connection? in
      do {
        let connection = try await dial(address)
        outcome.yield(.success(connection))
        return connection
      } catch {
        outcome.yield(.failure(error))
        return nil
      }
    }
    let stopping = Task {
      await stop.wait()
      outcome.yield(nil)
    }
    defer { stopping.cancel() }
    var iterator = outcomes.makeAsyncIterator()
    if let result = await iterator.next() ?? nil { return try result.get() }
    Task { await dialling.value?.close() }
    return nil
  }
}

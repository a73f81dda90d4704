public import Ledger
internal import Replication
public import Store
internal import Transport
internal import Trust

/// Syncing with peers that are dialled.
extension LocalNode {
  /// How a sync with one peer went, as `sync` tells it.
  public struct SyncReport: Sendable {
    public var peer: String
    public var summary: SessionSummary?
    public var bytesSent = 0
    public var bytesReceived = 0
    /// On the socket after the handshake.
    public var sessionBytesSent = 0
    public var sessionBytesReceived = 0
    public var milliseconds: Int64 = 0
    public var conflicts = 0
    /// Where something came: the records with a redacted field that holds something again, at who may redact it.
    public var reappeared: [Reappearance] = []
    public var error: (any Error)?
    /// This node's own changes, of those that nobody above has signed for, that the peer may not be given.
    public var stranded = 0
    /// Who it was with; nil where that did not come out.
    public var node: NodeID?
    /// What was dialled; nil of a session that the peer began.
    public var address: String?

    init(peer: String, address: String? = nil) {
      self.peer = peer
      self.address = address
    }

    /// Of a peer that was not even dialled.
    public init(peer: String, error: any Error) {
      self.peer = peer
      self.error = error
    }
  }

  /// All listed peers.
  public func peers() throws -> [(label: String, address: String)] {
    try store.read { try $0.peers(listedOnly: true) }.compactMap { peer in
      peer.address.map { (peer.name ?? $0, $0) }
    }
  }

  /// The peers that names mean: addresses, office names, node-id prefixes. An address need not be listed.
  public func peers(named names: [String]) throws -> [Result<(label: String, address: String), NodeError>] {
    let listed = try store.read { try $0.peers(listedOnly: true) }
    return names.map { name in
      do throws(NodeError) {
        if let address = try listed.peer(called: name).address {
          return .success((label: name, address: address))
        }
      } catch .unknownPeer {
        // Nothing of that name is listed: it may be an address.
      } catch {
        return .failure(error)
      }
      guard (try? LocalNode.split(address: name)) != nil else { return .failure(.unknownPeer(name)) }
      return .success((label: name, address: name))
    }
  }

  /// One session with the node at `address`. What fails is in the report.
  ///
  /// - Parameters:
  ///   - attachments: what is asked for of those that are missing here.
  ///   - defersAttachments: whether none are asked for or given in this session: the summary says whether another one is
  ///     to follow for them.
  ///   - progressed: is told how many changes have moved, of how many that are known of.
  ///   - fetched: is told how many bytes of attachments have come, of how many that are asked for.
  public func sync(
    with peer: (label: String, address: String), attachments: AttachmentWish = .byRule,
    defersAttachments: Bool = false,
    progressed: @escaping @Sendable (_ changes: Int, _ of: Int) -> Void = { _, _ in },
    fetched: @escaping @Sendable (_ bytes: Int, _ of: Int) -> Void = { _, _ in }
  ) async -> SyncReport {
    var report = SyncReport(peer: peer.label, address: peer.address)
    let start = surroundings.now()
    do {
      let connection = try await dial(peer.address)
      do {
        let trusted = try TrustedPeer(chain: connection.peerChain, node: self)
        report.peer = trusted.name
        report.node = trusted.node
        (report.summary, report.error) = try await converse(
          connection, trusted, at: peer.address, wish: attachments, defersAttachments: defersAttachments,
          progressed: progressed, fetched: fetched)
      } catch {
        report.error = LinkError.told(error)
      }
      await connection.close()
      report.take(connection.byteCounts)
      if report.error == nil { report.error = LinkError(outcome: report.summary?.outcome) }
      if report.error == nil { report.error = report.summary.flatMap(withheld) }
      if report.error == nil { report.error = report.summary?.attachmentFault }
    } catch {
      report.error = error
    }
    report.milliseconds = surroundings.now() - start
    report.noteWhatWaits(at: self)
    return report
  }

  /// Keeps what went wrong with a peer, for `status`, until a session with it goes well.
  ///
  /// - Parameter code: what the command line calls the error.
  public func noteFailure(_ code: String, of report: SyncReport) throws {
    try store.write { commit in
      try commit.noteFailure(code: code, node: report.node, address: report.address)
      try EnrolmentRefusal.keep(report.error, of: report.node, at: self, in: commit)
    }
  }

  /// Why one side was sent nothing, though the session went well: its certificate is not in force.
  func withheld(_ summary: SessionSummary) -> (any Error)? {
    if summary.peerWithholds, let own = identity.chain.first {
      let now = surroundings.now() + (summary.drift ?? 0)
      return NodeError.certificateNotInForce(until: own.notAfter, at: now / 1000)
    }
    return summary.withholds ? summary.peerNotInForce : nil
  }

  func dial(_ address: String) async throws -> Connection {
    let (host, port) = try LocalNode.split(address: address)
    let context = try TLSContext.dialler(tlsIdentity())
    do throws(TransportError) {
      return try await Dialler(context: context, limits: .session).connect(host: host, port: port)
    } catch {
      throw LinkError(error, address: address)
    }
  }

  /// The dialler's side of a session; a listed address is bound to whoever answers there.
  ///
  /// - Returns: what it did, and why it broke off where it did so among attachments alone.
  /// - Throws: why it broke off before its records were through.
  func converse(
    _ connection: Connection, _ peer: TrustedPeer, at address: String, watching: Watching? = nil,
    wish: AttachmentWish = .byRule, defersAttachments: Bool = false,
    onCheckpoint: @escaping @Sendable (SessionSummary) -> Void = { _ in },
    progressed: @escaping @Sendable (_ changes: Int, _ of: Int) -> Void = { _, _ in },
    fetched: @escaping @Sendable (_ bytes: Int, _ of: Int) -> Void = { _, _ in }
  ) async throws -> (summary: SessionSummary, error: (any Error)?) {
    if try store.read({ try $0.peer(address: address)?.isListed }) == true {
      try store.write { try $0.bind(address: address, to: peer.node) }
    }
    var driver = try SessionDriver(
      self, link: ConnectionLink(connection: connection), peer: peer, isInitiator: true, watching: watching,
      wish: wish, defersAttachments: defersAttachments, onCheckpoint: onCheckpoint, progressed: progressed,
      fetched: fetched)
    do {
      return (try await driver.run(), nil)
    } catch {
      guard let summary = driver.brokenOff else { throw error }
      return (summary, LinkError.told(error))
    }
  }
}

extension LocalNode.SyncReport {
  /// What is for a person to look at, once the session is over.
  mutating func noteWhatWaits(at node: LocalNode) {
    conflicts = (try? node.store.read { try $0.conflictCount() }) ?? 0
    if let spoken = summary?.peer { stranded = (try? node.strandedCount(at: spoken)) ?? 0 }
    if summary?.received ?? 0 > 0 { reappeared = (try? node.reappeared()) ?? [] }
  }

  /// The same peer's report with that of a session for attachments behind it, as one: what the records did stands, also
  /// where that session failed.
  public func joined(with later: LocalNode.SyncReport) -> LocalNode.SyncReport {
    var report = later
    if report.reappeared.isEmpty { report.reappeared = reappeared }
    report.summary = later.summary ?? summary
    if let summary, later.summary != nil { report.summary?.add(summary) }
    report.bytesSent += bytesSent
    report.bytesReceived += bytesReceived
    report.sessionBytesSent += sessionBytesSent
    report.sessionBytesReceived += sessionBytesReceived
    report.milliseconds += milliseconds
    return report
  }

  mutating func take(_ counts: ByteCounts) {
    bytesSent = counts.sent
    bytesReceived = counts.received
    sessionBytesSent = counts.sent - counts.handshakeSent
    sessionBytesReceived = counts.received - counts.handshakeReceived
  }
}

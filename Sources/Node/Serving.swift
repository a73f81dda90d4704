internal import Ledger
internal import NIOCore
internal import Replication
internal import Store
internal import Transport
internal import Trust
internal import Wire

/// Answering peers.
extension LocalNode {
  /// What a serving node tells as it goes.
  public enum ServeEvent: Sendable {
    case listening(address: String)
    case session(SyncReport)
    /// Somebody who did not get as far as a session.
    case refused(address: String, error: any Error)
    case joined(node: String, name: String)
    /// This office has taken up another certificate, by which it covers less, or may enrol no more.
    case narrowed(ScopeChange)
  }

  /// Answers peers until `stop` fires: sessions under way then have a while to come to their end.
  ///
  /// - Parameters:
  ///   - address: HOST:PORT; port 0 lets the system pick one.
  ///   - attachments: what those who dial in are asked for of the attachments that are missing here.
  public func serve(
    on address: String, attachments: AttachmentWish = .byRule, pace: WatchPace = WatchPace(),
    until stop: StopSignal = StopSignal(),
    _ tell: @escaping @Sendable (ServeEvent) -> Void
  ) async throws {
    try? renewOwnIfDue()
    let notices = CommitNotices()
    let watch = try StoreWatch(store)
    let certificate = try ShownCertificate(self)
    let listener = try await listen(on: address, certificate, tell)
    tell(.listening(address: "\(listener.address.host):\(listener.address.port)"))
    await withTaskGroup(of: Void.self) { group in
      let looking = Task { await notices.run(watch, every: pace.look) }
      group.addTask {
        await withDiscardingTaskGroup { sessions in
          for await connection in listener.connections {
            let watching = Watching(commits: notices.listen(), stop: stop, pace: pace)
            sessions.addTask(executorPreference: SessionThread()) {
              await self.answer(connection, attachments, watching, tell)
            }
          }
        }
      }
      group.addTask {
        await stop.wait()
        await listener.close()
        try? await Task.sleep(for: pace.grace)
      }
      // Either all sessions are over, or the grace is; what is left then is cut.
      await group.next()
      group.cancelAll()
      looking.cancel()
    }
  }

  private func listen(
    on address: String, _ certificate: ShownCertificate, _ tell: @escaping @Sendable (ServeEvent) -> Void
  ) async throws -> Listener {
    let (host, port) = try LocalNode.split(address: address)
    do throws(TransportError) {
      return try await Listener.bind(
        host: host, port: port, context: certificate.context, limits: .session
      ) { remote, error in
        let address = "\(remote.host):\(remote.port)"
        tell(.refused(address: address, error: LinkError(error, address: address)))
      }
    } catch {
      switch error {
      case .cannotListen(_, _, let number):
        throw NodeError.cannotListen(address: address, .noWay(errno: number))
      case .unresolved: throw NodeError.cannotListen(address: address, .unknownHost)
      default: throw LinkError(error, address: address)
      }
    }
  }

  private func answer(
    _ connection: Connection, _ wish: AttachmentWish, _ watching: Watching,
    _ tell: @escaping @Sendable (ServeEvent) -> Void
  ) async {
    let remote = "\(connection.remoteAddress.host):\(connection.remoteAddress.port)"
    do {
      switch connection.alpn {
      case .joining: try await answerJoin(connection, tell)
      case .session: await answerSession(connection, wish, watching, tell)
      }
    } catch {
      tell(.refused(address: remote, error: LinkError.told(error)))
    }
    await connection.close()
  }

  private func answerSession(
    _ connection: Connection, _ wish: AttachmentWish, _ watching: Watching,
    _ tell: @escaping @Sendable (ServeEvent) -> Void
  ) async {
    var report = SyncReport(peer: "\(connection.remoteAddress.host):\(connection.remoteAddress.port)")
    let start = surroundings.now()
    let tally = SessionTally(self, connection, start: start)
    defer { if let change = tidyUp(), change.isNarrower { tell(.narrowed(change)) } }
    let link = ConnectionLink(connection: connection)
    do {
      let trusted = try TrustedPeer(chain: connection.peerChain, node: self)
      report.peer = trusted.name
      report.node = trusted.node
      var driver = try SessionDriver(
        self, link: link, peer: trusted, isInitiator: false, watching: watching, wish: wish
      ) { summary in
        if summary.isWatching, let report = tally.report(summary) { tell(.session(report)) }
      }
      do {
        report.summary = try await driver.run()
      } catch  where driver.brokenOff != nil {
        report.summary = driver.brokenOff
        throw error
      }
      report.error =
        LinkError(outcome: report.summary?.outcome) as (any Error)? ?? report.summary.flatMap(withheld)
        ?? report.summary?.attachmentFault
    } catch {
      report.error = LinkError.told(error)
      if let refusal = error as? CertificateRefusal {
        let failure = Failure(code: refusal.reason.rawValue, detail: refusal.name)
        try? await link.send(.failure(failure))
      }
    }
    // A session that watched has told what it did as it went.
    if tally.hasTold, report.error.map(LinkError.isRenewal) ?? true { return }
    report.take(connection.byteCounts)
    report.milliseconds = surroundings.now() - start
    report.noteWhatWaits(at: self)
    tell(.session(report))
  }

  private func answerJoin(_ connection: Connection, _ tell: @escaping @Sendable (ServeEvent) -> Void)
    async throws
  {
    let link = ConnectionLink(connection: connection)
    var answer: Message
    do {
      guard let frame = try await link.receive() else { return }
      guard case .joinRequest(let request) = try Message(type: frame.type, payload: frame.payload) else {
        throw WireFault.unknownType(frame.type)
      }
      let (chain, authority, node) = try enrol(secret: request.secret, request: request.request)
      answer = .joinAnswer(JoinAnswer(certificate: chain, authority: authority))
      tell(.joined(node: node.description, name: try store.read { try $0.officeNames()[node] } ?? ""))
    } catch {
      answer = .failure(LocalNode.failure(for: error))
      tell(
        .refused(
          address: "\(connection.remoteAddress.host):\(connection.remoteAddress.port)",
          error: LinkError.told(error)))
    }
    try await link.send(answer)
    try? await connection.drain()
  }

  private static func failure(for error: any Error) -> Failure {
    switch error {
    case NodeError.tokenUnknown: Failure(code: "token-unknown")
    case NodeError.tokenUsed: Failure(code: "token-used")
    case NodeError.tokenExpired: Failure(code: "token-expired")
    case NodeError.revokedKey(let name): Failure(code: "revoked", detail: name)
    case NodeError.enrolledElsewhere(let name, _): Failure(code: "already-enrolled", detail: name)
    case is TrustError, NodeError.mayNotNarrow: Failure(code: "not-authorised")
    default: Failure(code: "join-failed")
    }
  }

  /// Who is enrolled already joins again to renew, with the same region.
  private func requireOwn(_ token: InvitationToken) throws {
    guard let authority = identity.authority, !identity.chain.isEmpty else { return }
    guard !facts.isRegion, token.authority == authority.fingerprint else { throw NodeError.alreadyEnrolled }
  }

  /// This office may have been assigned another division than it knows of: whoever stands above it can tell, and the
  /// invitation of anybody else is for another computer.
  private func requireOwn(_ token: InvitationToken, of enroller: Certificate) throws {
    guard let own = identity.chain.first?.office?.scope, token.division != own.division else { return }
    guard let scope = enroller.office?.scope, own.covered.allSatisfy(scope.covers) else {
      throw NodeError.alreadyEnrolled
    }
  }

  /// Joins a region by an invitation, over the network; an office that is enrolled renews its certificate.
  ///
  /// - Returns: the former enrollers that were taken off the peer list.
  @discardableResult
  public func join(address: String, token text: String) async throws -> [String] {
    let (host, port) = try LocalNode.split(address: address)
    let token = try InvitationToken(text: text)
    try requireOwn(token)
    let context = try TLSContext.joiningDialler(authorityFingerprint: token.authority.bytes)
    let connection: Connection
    do throws(TransportError) {
      connection = try await Dialler(context: context, limits: .session).connect(host: host, port: port)
    } catch {
      throw LinkError(error, address: address)
    }
    let link = ConnectionLink(connection: connection)
    let enroller: Certificate
    do {
      enroller = try LocalNode.enroller(connection.peerChain, of: token)
      try requireOwn(token, of: enroller)
    } catch {
      await connection.close()
      throw error
    }
    let dropped: [String]
    let request = Message.joinRequest(JoinRequest(secret: token.secret, request: try certificateRequest()))
    do {
      try await link.send(request)
      guard let frame = try await link.receive() else { throw LinkError.lost(.noAnswer) }
      switch try Message(type: frame.type, payload: frame.payload) {
      case .joinAnswer(let answer):
        dropped = try accept(
          certificates: answer.certificate + answer.authority, authority: token.authority,
          from: (enroller, address))
      case .failure(let failure) where failure.code == "already-enrolled": throw NodeError.alreadyEnrolled
      case .failure(let failure) where failure.code == "token-expired":
        throw NodeError.tokenExpired(at: token.expires)
      case .failure(let failure): throw NodeError.peerRefused(code: failure.code, detail: failure.detail)
      default: throw LinkError.protocolFault(.unexpected(type: frame.type))
      }
    } catch {
      await connection.close()
      throw LinkError.told(error)
    }
    await connection.close()
    return dropped
  }

  /// Who may be told the secret of an invitation: of all the region's offices those that could have given it out.
  ///
  /// - Parameter chain: what the handshake showed, up to the CA of the token.
  /// - Throws: `TrustError` where the chain does not hold, `notTheEnroller`.
  private static func enroller(_ chain: [[UInt8]], of token: InvitationToken) throws -> Certificate {
    let presented = try PresentedChain(der: chain)
    guard let root = presented.certificates.last else { throw TrustError.badCertificate }
    let trusted = try TrustedChain.check(presented, root: root)
    guard trusted.office.rights.contains(.enrol), trusted.office.scope.covers(token.division) else {
      throw NodeError.notTheEnroller(name: trusted.office.name, division: token.division)
    }
    return trusted.leaf
  }
}

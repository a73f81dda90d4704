public import Campaign
public import Ledger
public import Store
internal import Synchronization
internal import Trust

/// One office's node: its store, key and pack, its clock and random source. A file beside this one for each
/// thing that people do with it.
public final class LocalNode: Sendable {
  public let store: Store
  public let surroundings: Surroundings
  /// Where the store has just been found to be a copy of another, or to have been moved: for saying so, once.
  public let newCopy: StoreCopy?
  private let known: Mutex<Known>

  /// What is read from the files of `identity/`, and how they were marked then.
  private struct Known {
    var identity: Identity
    var facts: Facts
    var mark: Identity.Mark?
    /// The certificate under which the own records were last looked through.
    var placedUnder: [UInt8]?
    /// Whether how much counts of what others wrote is still to be judged.
    var isUnsettled = false
    /// How many records were made anew under it because it does not cover where they were.
    var remade = 0
    /// Those that could not be, for more lives in them than one change can name.
    var unplaced: [RecordID] = []
  }

  var identity: Identity { known.withLock { $0.identity } }
  public var facts: Facts { known.withLock { $0.facts } }

  /// What a node knows of itself.
  public struct Facts: Sendable {
    public let node: NodeID
    public let name: String
    public let division: DivisionCode
    public let isRegion: Bool
    public let isEnrolled: Bool
    /// Seconds since 1970; nil before enrolment.
    public let certificateExpires: Int64?
  }

  /// Opens the node in `folder`.
  public init(opening folder: String, surroundings: Surroundings = .system) throws {
    store = try Store(opening: folder, whileBusy: surroundings.whileBusy)
    self.surroundings = surroundings
    newCopy = try LocalNode.bind(store, surroundings)
    let read = try LocalNode.read(store, folder)
    known = Mutex(read)
    // Where it is damaged that stays to be done: `doctor` opens the store too.
    if read.isUnsettled { do { try settle() } catch StoreError.damaged {} }
    try relocateRecords()
    try stateOwnCertificate()
    UnfinishedStore.forgetMark(folder)
  }

  /// Opens the node in `folder` for what only reads it. Where the disk has no room for what opening it otherwise does, it is
  /// read as it is: whether it is a copy, and what another certificate means for it, is seen to once there is room.
  ///
  /// - Throws: `StoreError.diskFull` where it cannot be read without room either.
  public static func reading(_ folder: String, surroundings: Surroundings = .system) throws -> LocalNode {
    do {
      return try LocalNode(opening: folder, surroundings: surroundings)
    } catch StoreError.diskFull {
      return try LocalNode(onFullDisk: folder, surroundings)
    }
  }

  private init(onFullDisk folder: String, _ surroundings: Surroundings) throws {
    store = try Store(reading: folder, lacksRoom: true, whileBusy: surroundings.whileBusy)
    self.surroundings = surroundings
    newCopy = nil
    known = Mutex(try LocalNode.read(store, folder))
  }

  /// What only who reads certificates can do to a store that was brought forward: which offices computers belong to,
  /// and what logs that were cut say of who may write.
  private func settle() throws {
    try store.write { commit in
      // One that cannot be read is `doctor`'s to mend.
      let ids = try commit.snapshot.offices().compactMap { row in
        (try? Certificate(der: row.certificate).office).map { (row.node, $0.id) }
      }
      try commit.noteOfficeIDs(Dictionary(ids, uniquingKeysWith: { $1 }))
      try Standing.settle(in: commit, identity: identity, at: surroundings.now())
      try commit.clearMeta(.unsettled)
    }
  }

  /// The same node on a copy of its store, which nobody else sees.
  init(_ other: LocalNode, on copy: Store) {
    store = copy
    surroundings = other.surroundings
    newCopy = nil
    known = Mutex(other.known.withLock { $0 })
  }

  private static func read(_ store: Store, _ folder: String) throws -> Known {
    // Marked first: what is replaced meanwhile is read again.
    let mark = Identity.Mark(folder: folder)
    let identity = try Identity(folder: folder)
    let (facts, placedUnder, isUnsettled) = try store.read { snapshot in
      guard let name = try snapshot.metaText(.officeName),
        let division = try snapshot.metaText(.division).flatMap({ DivisionCode($0) })
      else { throw StoreError.notAStore(path: folder) }
      let leaf = identity.chain.first
      let facts = Facts(
        node: identity.key.nodeID, name: leaf?.office?.name ?? name,
        division: leaf?.office?.scope.division ?? division, isRegion: identity.authorityKey != nil,
        isEnrolled: leaf != nil, certificateExpires: leaf?.notAfter)
      return (facts, try snapshot.meta(.placedUnder), try snapshot.meta(.unsettled) != nil)
    }
    return Known(
      identity: identity, facts: facts, mark: mark, placedUnder: placedUnder, isUnsettled: isUnsettled)
  }

  /// Reads the certificate again where another process has replaced it: a program that stays goes on under the new
  /// one. Called where a session begins.
  /// - Returns: whether there is another one.
  @discardableResult
  func renewIdentity() throws -> Bool {
    let mark = Identity.Mark(folder: store.folder)
    // Where the records could not be brought under the one that was read, that is still to be done.
    guard mark != known.withLock({ $0.mark }) || !isPlaced else { return false }
    var now = try LocalNode.read(store, store.folder)
    let isAnother = known.withLock { known in
      (now.remade, now.unplaced) = (known.remade, known.unplaced)
      defer { known = now }
      return known.identity.chain != now.identity.chain
    }
    try relocateRecords()
    return isAnother
  }

  /// Whether the certificate in the store's folder is the one that was read.
  var isCertificateCurrent: Bool { Identity.Mark(folder: store.folder) == known.withLock { $0.mark } }

  /// Whether what this node wrote was looked through under the certificate that it now has.
  var isPlaced: Bool { known.withLock { $0.placedUnder == $0.identity.chain.first?.fingerprint.bytes } }

  func notePlaced(under certificate: [UInt8], remaking count: Int) {
    known.withLock {
      $0.placedUnder = certificate
      $0.remade += count
    }
  }

  func noteUnplaced(_ records: [RecordID]) { known.withLock { $0.unplaced += records } }

  /// Records that could not be brought under the certificate since the store was opened: they stay where they are, and
  /// nobody else gets them.
  public var unplaced: [RecordID] { known.withLock(\.unplaced) }

  /// How many records this node has made anew in its own division since it was opened, because its certificate does
  /// not cover where they had been made before it joined.
  public var remadeCount: Int { known.withLock(\.remade) }

  /// Makes a new node in `folder`: a store, a key, the campaign pack; for the region a CA as well. What is cut off can
  /// be done again.
  ///
  /// - Parameter plan: the file of another campaign's pack than the one that comes with the program.
  /// - Throws: `otherIdentity` where keys lie in the folder already.
  public static func create(
    folder: String, division text: String, name: String, isRegion: Bool, plan: String? = nil,
    surroundings: Surroundings = .system
  ) throws -> LocalNode {
    let name = try officeName(name)
    let yaml = try plan.map { try planText($0) } ?? BuiltInPack.yaml
    let pack = try PackReader.read(yaml)
    let division: DivisionCode
    switch pack.divisions.resolve(text) {
    case .success(let found): division = found.code
    case .failure(let finding):
      throw NodeError.unknownHome(finding, near: pack.divisions.suggestions(for: text))
    }
    // A store may be gone and its keys left: they may be the only ones of an office, or of a region.
    if !Store.exists(in: folder), !UnfinishedStore.isMarked(folder) {
      for name in ["node.key", "ca.key"] where try Identity.read(folder, name) != nil {
        throw NodeError.otherIdentity(path: Identity.path(folder, name))
      }
    }
    let unfinished = try UnfinishedStore(in: folder)
    if unfinished.isBegunAgain { try Identity.discard(folder) }
    let store = try Store(creating: folder)
    let key = try NodeKey.generate()
    try Identity.write(key.pem, folder, "node.key")
    if isRegion {
      try foundRegion(
        folder: folder, key: key, name: name, division: division, pack: pack, surroundings)
    }
    // Last: a store that says whose it is has all else.
    try store.write { commit in
      try commit.setMeta(.storeID, surroundings.random(16))
      try commit.setMeta(.epoch, surroundings.random(8))
      try commit.setMeta(.node, key.nodeID.bytes)
      try commit.setMeta(.officeName, Array(name.utf8))
      try commit.setMeta(.division, division.utf8)
      try commit.setPack(pack, text: yaml)
    }
    unfinished.finish()
    return try LocalNode(opening: folder, surroundings: surroundings)
  }

  /// A name as offices may bear it: without blanks around it, and not empty.
  static func officeName(_ text: String) throws -> String {
    let name = text.trimmingBlanks()
    guard !name.isEmpty else { throw NodeError.nameless }
    return name
  }

  /// The scope that an office of a division has by the pack: for before it is enrolled.
  static func scope(of division: DivisionCode, only: Bool, in pack: Pack) -> Scope {
    Scope(
      division: division, covered: only ? [division] : pack.divisions.subtree(of: division),
      ancestors: pack.divisions.ancestors(of: division))
  }

  /// Where this node writes and what it reads.
  func scope(_ pack: Pack) -> Scope {
    identity.chain.first?.office?.scope ?? LocalNode.scope(of: facts.division, only: false, in: pack)
  }

  /// What an account of a scope is taken over: equal scopes of two stores have equal fingerprints.
  public func readingScope(of division: DivisionCode?, _ pack: Pack) -> @Sendable (Space) -> Bool {
    guard let division else {
      let own = scope(pack)
      return { own.mayRead($0) }
    }
    let scope = LocalNode.scope(of: division, only: false, in: pack)
    return { scope.mayRead($0) }
  }
}

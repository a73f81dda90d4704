internal import Campaign
internal import Ledger
internal import Store
internal import Trust
internal import Wire

/// The whole words of offices above, which tell an office below what one of these has lost, and what it was told of them.
///
/// Nobody's signature stands for it that a word was given, for the receipt that gave it names what others may not be shown.
/// It only takes back, and what its signer signs later counts whatever was told: who tells a false one has the reader send
/// more than it must, and hides nothing.
struct HandedOnWords {
  var words: [WholeWord] = []
  /// What their signers said then and since of what the reader may read.
  var receipts: [[UInt8]] = []
}

extension LocalNode {
  /// What an office below may be told. It has to read nothing that this one, and the signer, may not: of all else the word
  /// says nothing.
  ///
  /// - Parameters:
  ///   - recipient: its scope.
  ///   - mayRead: what it may read.
  ///   - room: how many receipts find room.
  ///   - told: what it has heard of.
  func wordsToHandOn(
    to recipient: Scope, mayRead: (Space) -> Bool, room: Int, but told: Set<WholeWord> = [],
    _ snapshot: Snapshot
  ) throws -> HandedOnWords {
    let own = try scope(snapshot.pack())
    var handedOn = HandedOnWords()
    guard recipient.isBelow(own), recipient.isWithin(own) else { return handedOn }
    var bytes = Limits.receiptBytesPerMessage
    for word in try snapshot.wordsToHandOn() where !told.contains(word) {
      guard handedOn.words.count < Limits.wordsPerMessage, try isAbove(word.signer, recipient, snapshot),
        let texts = try snapshot.receiptTexts(
          since: word, limit: room - handedOn.receipts.count, bytes: bytes, mayShow: mayRead,
          allOf: recipient.mayWrite)
      else { continue }
      bytes -= texts.reduce(0) { $0 + $1.count }
      handedOn.words.append(word)
      handedOn.receipts += texts
    }
    return handedOn
  }

  /// Whether an office stands above another one's scope, and reads all that that does.
  private func isAbove(_ node: NodeID, _ other: Scope, _ snapshot: Snapshot) throws -> Bool {
    guard let office = try snapshot.office(node), !office.isRevoked,
      let scope = try Certificate(der: office.certificate).office?.scope
    else { return false }
    return other.isBelow(scope) && other.isWithin(scope)
  }

  /// Takes back what offices above have lost, by the word of one that stands between.
  ///
  /// - Parameters:
  ///   - receipts: what came along.
  ///   - teller: who tells it.
  /// - Returns: what was taken back.
  func takeBack(
    by words: [WholeWord], named receipts: [[UInt8]], told teller: Office, _ authority: Authority,
    in commit: Commit
  ) throws -> [TakenBack] {
    let own = try scope(commit.pack())
    guard !words.isEmpty, own.isBelow(teller.scope), own.isWithin(teller.scope) else { return [] }
    let signed = receipts.compactMap { try? Receipt(encoded: $0) }
    var taken: [TakenBack] = []
    for word in words where word.signer != facts.node {
      guard try isAbove(word.signer, own, commit.snapshot), try !commit.isOutdated(word) else { continue }
      let since = signed.filter {
        $0.signer == word.signer && $0.signing >= word.signing && authority.verify($0)
      }
      let heads = since.flatMap(\.heads)
      let count = try commit.takeBack(
        by: word, naming: heads, namesOwn: false, of: commit.snapshot.peer(node: word.signer)?.key,
        in: own.mayWrite)
      // Nothing that the signer will sign may be outdated by what it did not sign: a word from behind all of that ends nothing.
      if try !since.isEmpty || commit.snapshot.hasSigned(word.signer, since: word.signing) {
        try commit.noteLast(word)
        try commit.noteWord(of: word.signer, tookBack: count > 0)
        try commit.noteToHandOn(word, naming: heads)
      }
      let name = try commit.snapshot.office(word.signer)?.name ?? ""
      if count > 0 { taken.append(TakenBack(office: name, count: count, teller: teller.name)) }
    }
    return taken
  }
}

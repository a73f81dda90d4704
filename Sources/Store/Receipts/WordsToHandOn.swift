internal import Foundation
internal import GRDB
public import Ledger

/// What offices above have signed reaches who stands below by way of others. So does that they named all that they hold:
/// else what one of them lost would count as arrived for ever with who never speaks with it.
extension Commit {
  /// Notes a whole word, of which all that it names is held here, to be handed on.
  ///
  /// - Parameter heads: what it names. Where any is not held, the word says nothing that could be said again.
  public func noteToHandOn(_ word: WholeWord, naming heads: [LogHead]) throws {
    if try heads.allSatisfy({ try logs.isHeld($0.n, $0.hash, of: $0.log) }) {
      try note(.handedOn, of: word.signer, word.signing.stored)
    } else {
      try forget(.handedOn, of: word.signer)
    }
  }

  /// Notes which words a peer's store has heard of.
  public func noteTold(_ words: Set<WholeWord>, to peer: NodeID, store: [UInt8]) throws {
    let latest = Dictionary(words.map { ($0.signer, $0) }) { $0.signing < $1.signing ? $1 : $0 }
    let told = ToldWords(store: store, words: Set(latest.values))
    guard try told.words != snapshot.wordsTold(to: peer, store: store) else { return }
    try note(.told, of: peer, told.stored)
  }
}

extension Snapshot {
  /// The last whole word of each signer, as far as it may be handed on.
  public func wordsToHandOn() throws -> [WholeWord] {
    try noted(.handedOn).compactMap { node, bytes in
      SigningTime(stored: bytes).map { WholeWord(signer: node, signing: $0) }
    }
  }

  /// Whether a receipt is held that an office signed then or since.
  public func hasSigned(_ signer: NodeID, since signing: SigningTime) throws -> Bool {
    try texts(of: signer).contains { signing <= $0.signing }
  }

  /// Which words a peer's store has heard of here; none where it is another store by now.
  public func wordsTold(to peer: NodeID, store: [UInt8]) throws -> Set<WholeWord> {
    let told = try noted(.told, of: peer).flatMap { ToldWords(stored: $0) }
    return told.flatMap { $0.store == store ? $0.words : nil } ?? []
  }

  /// What the signer of a whole word signed then and since, of what may be shown.
  ///
  /// - Parameters:
  ///   - mayShow: of which spaces.
  ///   - spaces: those of which all is to be there.
  /// - Returns: the receipts; nil where they find no room, or where something that it says of `spaces` stands in one that may not
  ///   be shown.
  public func receiptTexts(
    since word: WholeWord, limit: Int, bytes: Int, mayShow: (Space) -> Bool, allOf spaces: (Space) -> Bool
  ) throws -> [[UInt8]]? {
    let keys = try texts(of: word.signer).filter { $0.signing >= word.signing }.map(\.key)
    var named: Set<LogHead> = []
    let (texts, left) = try found(keys, limit: limit, bytes: bytes) { text in
      guard let heads = (try? Receipt(encoded: text))?.heads, heads.allSatisfy({ mayShow($0.log.space) })
      else { return false }
      named.formUnion(heads)
      return true
    }
    let isAll = try receiptLines(by: word.signer).allSatisfy { line in
      !spaces(line.log.space) || named.contains(LogHead(log: line.log, n: line.n, hash: line.hash, time: 0))
    }
    return isAll && left.isEmpty ? texts : nil
  }
}

/// The words that a peer was told, and which store of it.
private struct ToldWords {
  var store: [UInt8]
  var words: Set<WholeWord>

  init(store: [UInt8], words: Set<WholeWord>) {
    self.store = store
    self.words = words
  }

  /// The store's id (16 bytes); then for each word its signer (32) and when it was signed (16).
  init?(stored bytes: [UInt8]) {
    guard bytes.count % 48 == 16 else { return nil }
    store = Array(bytes[..<16])
    words = []
    for start in stride(from: 16, to: bytes.count, by: 48) {
      guard let signer = NodeID(bytes[start..<start + 32]),
        let signing = SigningTime(stored: bytes[start + 32..<start + 48])
      else { return nil }
      words.insert(WholeWord(signer: signer, signing: signing))
    }
  }

  var stored: [UInt8] {
    words.sorted { $0.signer < $1.signer }.reduce(store) { $0 + $1.signer.bytes + $1.signing.stored }
  }
}

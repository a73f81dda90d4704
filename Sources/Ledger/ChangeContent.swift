/// What a change says, decoded: the author's time and operator, and what it does.
///
/// `ChangeBody` is the same in bytes, and only the bytes are hashed, stored and relayed.
public struct ChangeContent: Hashable, Sendable {
  /// The author's wall clock in milliseconds since 1970. It may go back, and nobody else's moves it.
  public var time: Int64
  /// The person who entered it, where known.
  public var operatorName: String
  /// SHA-256 of the certificate under which the log is written from this change on.
  public var certificate: Hash256?
  public var mutations: [Mutation]
  public var statements: [Statement]
  /// Parts of a newer format are in the body: they are kept and relayed, and not applied.
  public var hasUnknownParts = false

  public init(
    time: Int64, operatorName: String = "", certificate: Hash256? = nil, mutations: [Mutation] = [],
    statements: [Statement] = []
  ) {
    self.time = time
    self.operatorName = operatorName
    self.certificate = certificate
    self.mutations = mutations
    self.statements = statements
  }

  /// Whether any of its writes names another one.
  var namesWrites: Bool {
    mutations.contains { mutation in
      mutation.writes.contains { !$0.supersedes.isEmpty || !$0.content.origins.isEmpty }
    }
  }
}

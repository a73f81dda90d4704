internal import SwiftProtobuf

/// Why a side ends the session.
public struct Failure: Sendable, Hashable, Error {
  /// kebab-case; SPEC.md lists them.
  public var code: String
  public var detail: String

  public init(code: String, detail: String = "") {
    self.code = code
    self.detail = detail
  }
}

extension Failure {
  var carrier: ProtoFailure {
    .with {
      $0.code = code
      $0.detail = Failure.cut(detail)
    }
  }

  init(_ carrier: ProtoFailure) throws {
    try WireFault.check("failure-code", carrier.code.utf8.count, limit: Limits.failureCodeBytes)
    try WireFault.check("failure-detail", carrier.detail.utf8.count, limit: Limits.failureDetailBytes)
    self.init(code: carrier.code, detail: carrier.detail)
  }

  /// A detail may quote what the peer itself sent: it is cut, between characters, rather than refused.
  private static func cut(_ detail: String) -> String {
    var rest = Limits.failureDetailBytes
    return String(
      detail.prefix { character in
        rest -= character.utf8.count
        return rest >= 0
      })
  }
}

internal import Ledger

extension VerifiedBatch.Entry {
  /// Whether it says something that is looked at beyond a cut too: a certificate that the CA signed counts there, and a
  /// pack is in force where no other is.
  var countsBeyondCut: Bool {
    content.statements.contains { statement in
      switch statement {
      case .certificate, .pack: true
      default: false
      }
    }
  }
}

public import Campaign
public import Ledger
internal import Trust

extension LocalNode {
  /// The division that a report or an account is about, by code or name; the office's own where none is named.
  ///
  /// What an office does not hold it cannot report on: of a division outside its scope a report would be empty
  /// and look as if nothing had happened there.
  public func reportDivision(_ text: String?, _ pack: Pack) throws -> DivisionCode {
    let code = try division(text, pack)
    guard scope(pack).covers(code) else {
      throw NodeError.outsideReport(division: code, own: facts.division)
    }
    return code
  }

  /// The first and the last day of a period; either may be open.
  public static func period(from: CivilDate?, to: CivilDate?) throws -> (from: CivilDate?, to: CivilDate?) {
    if let from, let to, from > to { throw NodeError.reversedPeriod(from: from, to: to) }
    return (from, to)
  }
}

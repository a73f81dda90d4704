/// Amounts of money as whole hundredths.
public enum Hundredths {
  /// Of a decimal in its one form; digits beyond two decimals are cut.
  static func of(_ decimal: String) -> Int128 {
    let isNegative = decimal.hasPrefix("-")
    let parts = decimal.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
    let whole = Int128(parts.first ?? "0") ?? 0
    let cents = parts.count > 1 ? Int128((parts[1] + "00").prefix(2)) ?? 0 : 0
    return (whole * 100 + cents) * (isNegative ? -1 : 1)
  }

  /// With two decimals.
  public static func text(_ hundredths: Int128) -> String {
    let cents = hundredths.magnitude % 100
    return "\(hundredths < 0 ? "-" : "")\(hundredths.magnitude / 100).\(cents < 10 ? "0" : "")\(cents)"
  }
}

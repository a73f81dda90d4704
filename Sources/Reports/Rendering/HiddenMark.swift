/// Signs that are not seen and change what is: controls, marks of direction, separators of lines. Wherever a text
/// goes where they would act, they are shown or escaped.
public enum HiddenMark {
  public static func isOne(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\u{0}"..<"\u{20}", "\u{7f}"..<"\u{a0}", "\u{61c}", "\u{200e}"..."\u{200f}", "\u{2028}"..."\u{202e}",
      "\u{2066}"..."\u{2069}", "\u{fffe}"..."\u{ffff}":
      true
    default: false
    }
  }
}

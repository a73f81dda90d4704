import TestSupport

/// What goes wrong in one run, and how often. The seed draws even the rates, so that runs differ in kind: in
/// one every link is cut and nobody's clock is right, in the next everything works and six sessions run at once.
struct Faults: CustomStringConvertible {
  /// Of a thousand sessions, how many are cut somewhere.
  let cuts: Int
  /// Of a thousand actions, how many end a process at once.
  let crashes: Int
  /// Of a thousand bundles that are carried, how many are carried again later.
  let repeatedBundles: Int
  /// Years that a clock may be off, either way.
  let clockYears: Int
  /// Sessions that may run at a time, effect by effect beside each other.
  let parallelSessions: Int
  /// Of a thousand sessions, how many stay open after both sides are through.
  let watches: Int
  /// Of a thousand sessions, in how many one side sends a change that it has no right to make.
  let rogues: Int
  /// Of a thousand actions before there is one, how many copy an office's store, and both go on.
  let copies: Int
  /// Of a thousand actions, how many make a backup, or replace a lost store by the one that was made.
  let restores: Int
  /// Of a thousand actions, how many make a snapshot of a store, or put one back over it, in its place.
  let setBacks: Int
  /// Of a thousand actions, how many revoke an office or reinstate one.
  let revocations: Int
  /// Of a thousand actions, how many set a clock anew.
  let clockJumps: Int
  /// Of a thousand actions, how many concern records that move and have texts erased.
  let movers: Int
  /// Of a thousand actions, how many narrow an office, give it back what it had, or write where only that allows it.
  let narrowings: Int

  init(drawnFrom random: inout SeededRandom) {
    // Drawn beside the others, so that a seed that once failed still does what it did.
    var aside = random
    for _ in 0..<16 { _ = aside.next() }
    setBacks = [0, 0, 0, 30].randomElement(using: &aside)!
    revocations = [0, 0, 0, 40].randomElement(using: &aside)!
    clockJumps = [0, 0, 30].randomElement(using: &aside)!
    movers = [0, 0, 80].randomElement(using: &aside)!
    cuts = [0, 100, 500, 900].randomElement(using: &random)!
    crashes = [0, 10, 40, 120].randomElement(using: &random)!
    repeatedBundles = [0, 300, 900].randomElement(using: &random)!
    clockYears = [0, 3, 80].randomElement(using: &random)!
    parallelSessions = [1, 2, 6].randomElement(using: &random)!
    watches = [0, 0, 300, 1000].randomElement(using: &random)!
    rogues = [0, 0, 0, 150].randomElement(using: &random)!
    copies = [0, 0, 30].randomElement(using: &random)!
    restores = [0, 0, 0, 30].randomElement(using: &random)!
    // A certificate of a clock that is years ahead is not in force yet.
    let asked = [0, 80].randomElement(using: &aside)!
    narrowings = clockYears == 0 && clockJumps == 0 ? asked : 0
  }

  var description: String {
    "cuts \(cuts), crashes \(crashes), bundles again \(repeatedBundles), clocks ±\(clockYears) years, "
      + "\(parallelSessions) sessions at once, watching \(watches), rogues \(rogues), copies \(copies), restores \(restores), "
      + "set back \(setBacks), revocations \(revocations), clocks set \(clockJumps), movers \(movers), "
      + "narrowings \(narrowings)"
  }
}

extension SeededRandom {
  /// True so many times in a thousand.
  mutating func chance(_ permille: Int) -> Bool { Int.random(in: 0..<1000, using: &self) < permille }
}

import Foundation
import TestSupport
import Testing

/// Stores on a disk whose power is cut: the real program works there under `Tests/DiskTrace`, and what it reports is
/// held against every disk that a cut may leave.
final class TracedWorkplace {
  /// Something that was reported.
  struct Claim {
    /// From how many events on it holds, and until how many.
    var since: Int
    var until: Int
    var text: String
    /// - Returns: what is not so; nil where all is.
    var complaint: (Leavings) throws -> String?
  }

  /// A cut after so many events.
  struct Cut {
    var moment: Int
    var keeping: DiskLeft.Keeping
  }

  private let place: Workplace
  let disk: String
  private let trace: String
  private let inode: UInt64
  private var length = 0
  private(set) var events: [DiskEvent] = []
  private(set) var claims: [Claim] = []
  /// How many events there were when something was said.
  private var reports: [Int] = []
  /// From how many events on the power is cut.
  private var first = 0

  init() throws {
    place = try Workplace()
    disk = URL(fileURLWithPath: place.path).resolvingSymlinksInPath().path + "/disk"
    trace = place["trace"]
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
    let facts = try FileManager.default.attributesOfItem(atPath: disk)
    inode = try #require(facts[.systemFileNumber] as? UInt64)
  }

  subscript(name: String) -> String { disk + "/" + name }

  /// A file that is not on the disk, as what people bring.
  func outside(_ name: String, _ content: Data) throws -> String {
    try content.write(to: URL(fileURLWithPath: place[name]))
    return place[name]
  }

  // MARK: the program at work

  /// For a program that is started otherwise.
  func environment() throws -> [String: String] {
    let library = (Program.path as NSString).deletingLastPathComponent + "/libDiskTrace.so"
    try #require(FileManager.default.fileExists(atPath: library))
    return ["LD_PRELOAD": library, "DISK_TRACE": trace, "DISK_TRACE_FOLDER": disk]
  }

  func start(_ arguments: String..., in store: String) throws -> Program {
    try Program(arguments + ["--store", self[store]], environment: try environment())
  }

  /// Runs the program on a store. What it did is reported from where it first says something.
  @discardableResult
  func run(
    _ arguments: String..., in store: String, exits code: Int32 = 0,
    location: SourceLocation = #_sourceLocation
  ) throws -> Program.Result {
    try read()
    let start = events.count
    let program = try Program(arguments + ["--store", self[store]], environment: try environment())
    let result = program.finish()
    try #require(
      result.exitCode == code, "\(store) \(arguments): \(result.out) \(result.err)", sourceLocation: location)
    try read()
    let process = program.process.identifier
    let said = events[start...].firstIndex { $0.kind == .said && $0.process == process }
    reports.append(try #require(said, "\(arguments) said nothing", sourceLocation: location))
    return result
  }

  /// Reads on in what was written down.
  private func read() throws {
    guard let file = FileHandle(forReadingAtPath: trace) else { return }
    defer { try? file.close() }
    try file.seek(toOffset: UInt64(length))
    var rest = [UInt8](try file.readToEnd() ?? Data())[...]
    while let event = DiskEvent(rest) {
      rest.removeFirst(event.length)
      length += event.length
      events.append(event)
    }
  }

  /// What was done so far is reported.
  func reportsHere() throws {
    try read()
    reports.append(events.count)
  }

  /// What is done so far is not cut.
  func beginsHere() throws {
    try read()
    first = events.count
    reports = []
  }

  // MARK: what was reported

  /// What the last command reported, for as long as nothing else is said of it.
  func claims(_ text: String, _ complaint: @escaping (Leavings) throws -> String?) {
    claims.append(Claim(since: reports.last ?? 0, until: .max, text: text, complaint: complaint))
  }

  /// Something that holds until the next command has reported: before it, nothing may have been.
  func claimsBefore(_ text: String, _ complaint: @escaping (Leavings) throws -> String?) {
    claims.append(Claim(since: events.count, until: .max, text: text, complaint: complaint))
  }

  /// What `claimsBefore` says of a text holds no more once the last command has reported.
  func endsBeforeReport(_ text: String) throws {
    for place in claims.indices where claims[place].text == text { claims[place].until = reports.last ?? 0 }
  }

  /// From here on something else may be so than what `claims` says of a text.
  func withdraws(_ text: String) throws {
    try read()
    for place in claims.indices where claims[place].text == text && claims[place].until == .max {
      claims[place].until = events.count
    }
  }

  // MARK: the power is cut

  /// What is not as it was reported on the disks that cuts leave.
  func complaints(_ cuts: [Cut], syncing: DiskModel.Syncing = .honest) throws -> [String] {
    var complaints: [String] = []
    var model = DiskModel(root: disk, inode: inode, syncing: syncing)
    var next = 0
    for cut in cuts.sorted(by: { $0.moment < $1.moment }) {
      while next < cut.moment {
        try model.apply(events[next])
        next += 1
      }
      let left = Leavings(place["left"], live: disk)
      defer { left.remove() }
      try DiskLeft(model, keeping: cut.keeping).write(to: left.path)
      for claim in claims where claim.since <= cut.moment && cut.moment < claim.until {
        guard let complaint = try claim.complaint(left) else { continue }
        let before = next > 0 ? "\(events[next - 1])" : "nothing"
        complaints.append(
          "\(claim.text): \(complaint) [cut at \(cut.moment), after \(before), \(cut.keeping)]")
      }
    }
    return complaints
  }

  /// A cut right at each report with nothing kept that was not synced, and `more` at any moment.
  func cuts(more: Int, seed: UInt64) -> [Cut] {
    var random = SeededRandom(seed: seed)
    let all = Array(first...events.count)
    // Names and syncs are few beside writes, and what goes wrong goes wrong there.
    let few = all.filter { $0 > 0 && events[$0 - 1].kind != .written }
    let drawn = (0..<more).map { number in
      let moment = (number % 2 == 0 ? few : all).randomElement(using: &random) ?? first
      let keeping: DiskLeft.Keeping = number % 3 == 2 ? .nothing : .part(seed: random.next())
      return Cut(moment: moment, keeping: keeping)
    }
    return reports.map { Cut(moment: $0, keeping: .nothing) } + drawn
  }

  /// Holds all that was reported against the disks that are left, and the account against the real disk.
  ///
  /// - Parameter more: how many cuts there are at any moment, where `TAIZHANG_POWER_CUTS` says nothing else.
  func check(seed: UInt64, more: Int = 3, location: SourceLocation = #_sourceLocation) throws {
    try read()
    var whole = DiskModel(root: disk, inode: inode)
    for event in events { try whole.apply(event) }
    #expect(whole.syncCount > 0, "nothing was traced", sourceLocation: location)
    let missed = DiskLeft(whole, keeping: .everything).differences(from: disk)
    #expect(missed == [], "the trace misses something", sourceLocation: location)
    let more = ProcessInfo.processInfo.environment["TAIZHANG_POWER_CUTS"].flatMap { Int($0) } ?? more
    for complaint in try complaints(cuts(more: more, seed: seed)) {
      Issue.record("\(complaint)", sourceLocation: location)
    }
  }
}

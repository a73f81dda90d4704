import Foundation
import TestSupport

/// What a power cut leaves of a disk: all that is durable, and of the rest any part.
struct DiskLeft {
  /// How much of what was not synced is there.
  enum Keeping {
    case nothing
    case everything
    /// Any part of it: writes fall apart at sectors or pages, and stay or go piece by piece; so do names.
    case part(seed: UInt64)
  }

  /// Contents by their path below the root; nil is a folder.
  private(set) var entries: [String: [UInt8]?] = [:]

  init(_ disk: DiskModel, keeping: Keeping) {
    var choice = Choice(keeping)
    fill("", folder: 0, of: disk, &choice)
  }

  private mutating func fill(_ path: String, folder: Int, of disk: DiskModel, _ choice: inout Choice) {
    for (name, node) in choice.names(disk.folders[folder]).sorted(by: { $0.key < $1.key }) {
      // It is mapped and means nothing after a crash: SQLite makes it anew.
      guard !name.hasSuffix("-shm") else { continue }
      let entry = path + "/" + name
      switch node {
      case .file(let number): entries.updateValue(choice.content(disk.files[number]), forKey: entry)
      case .folder(let number):
        entries.updateValue(nil, forKey: entry)
        fill(entry, folder: number, of: disk, &choice)
      }
    }
  }

  /// Makes a folder of it. Modes are the owner's alone: they are not what this is about.
  func write(to folder: String) throws {
    let files = FileManager.default
    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (path, content) in entries.sorted(by: { $0.key < $1.key }) {
      if let content {
        try Data(content).write(to: URL(fileURLWithPath: folder + path))
        try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder + path)
      } else {
        try files.createDirectory(
          atPath: folder + path, withIntermediateDirectories: false,
          attributes: [.posixPermissions: 0o700])
      }
    }
  }

  /// Where this and a real folder are not the same.
  func differences(from folder: String) -> [String] {
    let files = FileManager.default
    let real = (files.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
      .filter { !$0.hasSuffix("-shm") }
    let missed = real.filter { entries["/" + $0] == nil }.map { "\($0) is not known" }
    return missed
      + entries.keys.sorted().compactMap { path in
        guard let content = entries[path]! else {
          return files.fileExists(atPath: folder + path) ? nil : "\(path) is gone"
        }
        guard let there = files.contents(atPath: folder + path) else { return "\(path) is gone" }
        return there == Data(content)
          ? nil : "\(path) has other bytes: \(there.count), and not \(content.count)"
      }
  }

  private struct Choice {
    private let keeping: Keeping
    private var random: SeededRandom
    /// How likely a piece is there, in hundredths, and how large one is.
    private let share: Int
    private let size: Int

    init(_ keeping: Keeping) {
      self.keeping = keeping
      var random = SeededRandom(seed: 0)
      if case .part(let seed) = keeping { random = SeededRandom(seed: seed) }
      share = [5, 50, 95].randomElement(using: &random) ?? 50
      size = [512, 4096].randomElement(using: &random) ?? 512
      self.random = random
    }

    private mutating func isKept() -> Bool { Int.random(in: 0..<100, using: &random) < share }

    mutating func content(_ file: DiskModel.File) -> [UInt8] {
      switch keeping {
      case .nothing: return file.durable
      case .everything: return file.live
      case .part:
        var content = file.durable
        for piece in file.pending.flatMap({ $0.pieces(of: size) }) where isKept() {
          piece.apply(to: &content)
        }
        return content
      }
    }

    mutating func names(_ folder: DiskModel.Folder) -> [String: DiskModel.Node] {
      switch keeping {
      case .nothing: return folder.durable
      case .everything: return folder.live
      case .part:
        var names = folder.durable
        for change in folder.pending where isKept() { names[change.name] = change.node }
        return names
      }
    }
  }
}

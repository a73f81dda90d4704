internal import Foundation
internal import Store

/// Which files a merge takes in.
struct MergeFiles {
  struct Source {
    var path: String
    /// As it is called below what was named.
    var name: String
    /// Why nothing of it can be read.
    var fault: (any Error)?
  }

  /// In the order of their names, a folder's where it stands.
  private(set) var sources: [Source] = []
  /// Links that lead out of the folder that was named: nobody meant what lies there.
  private(set) var linksOut: [String] = []
  /// Folders that were named and hold nothing to take in.
  private(set) var emptyFolders: [String] = []
  private let stop: StopSignal
  private var passed = 0

  /// How many levels below the folder that was named are looked into: a stick may have a folder for each county.
  static let depth = 4
  /// Files and folders that are looked at of what was named at once: a stick of bundles has far fewer.
  private static let most = 10_000

  /// - Parameter stop: where an end is wanted, it is left with `interrupted` as the last source's fault.
  init(_ paths: [String], until stop: StopSignal) {
    self.stop = stop
    for path in paths {
      let (before, links) = (sources.count, linksOut.count)
      guard MergeFiles.isFolder(path), !MergeFiles.isStore(path) else {
        sources.append(Source(path: path, name: (path as NSString).lastPathComponent))
        continue
      }
      do {
        try walk(path, below: "", StoreFiles.resolved(path), depth: MergeFiles.depth)
      } catch {
        sources.append(Source(path: path, name: path, fault: error))
        if stop.hasFired { return }
      }
      if sources.count == before, linksOut.count == links { emptyFolders.append(path) }
    }
  }

  /// A folder stands for what lies in it, unless it is a store itself. Links are not followed: what one leads to in the
  /// folder that was named is met there, and in a ring of them there would be no end.
  ///
  /// - Throws: `interrupted`, `tooMany`.
  private mutating func walk(_ folder: String, below: String, _ root: String, depth: Int) throws {
    for name in try MergeFiles.names(in: folder) {
      guard !stop.hasFired else { throw NodeError.interrupted }
      passed += 1
      guard passed <= MergeFiles.most else {
        throw MergeFault.tooMany(path: folder, limit: MergeFiles.most)
      }
      let path = folder + "/" + name
      let label = below + name
      var facts = stat()
      guard lstat(path, &facts) == 0 else { continue }
      switch facts.st_mode & S_IFMT {
      case S_IFLNK:
        if !(StoreFiles.resolved(path) + "/").hasPrefix(root + "/") { linksOut.append(path) }
      case S_IFDIR where !MergeFiles.isStore(path):
        guard depth > 0 else {
          sources.append(
            Source(path: path, name: label, fault: MergeFault.tooDeep(path: path, limit: MergeFiles.depth)))
          continue
        }
        do {
          try walk(path, below: label + "/", root, depth: depth - 1)
        } catch NodeError.file(let folder, let number) {
          sources.append(
            Source(path: path, name: label, fault: NodeError.file(path: folder, errno: number)))
        }
      default: sources.append(Source(path: path, name: label))
      }
    }
  }

  /// - Throws: `NodeError.file`.
  private static func names(in folder: String) throws -> [String] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw NodeError.file(path: folder, errno: PosixCause.errno(of: error))
    }
    // What SQLite keeps beside a file is read with it, and what is being written is not there yet.
    let besides = ["-wal", "-shm", "-journal", ".part"]
    return names.filter { name in
      !name.hasPrefix(".") && !isSystems(name) && !besides.contains { name.hasSuffix($0) }
    }.sorted()
  }

  /// What operating systems and telephones leave on a stick, as they are known to call it.
  private static let systemsNames: Set<String> = [
    "system volume information", "autorun.inf", "$recycle.bin", "recycler", "desktop.ini", "thumbs.db",
    "lost.dir", "lost+found",
  ]

  /// Whether nobody put it there for a merge: `found.000` and so on is what a file system check rescued.
  private static func isSystems(_ name: String) -> Bool {
    let name = name.lowercased()
    return systemsNames.contains(name) || name.wholeMatch(of: /found\.[0-9]{3}/) != nil
  }

  /// Whether it is a store's folder, or a SQLite file, as backups are.
  static func isStore(_ path: String) -> Bool {
    isFolder(path) ? Store.exists(in: path) : StoreFiles.isDatabase(path)
  }

  static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }
}

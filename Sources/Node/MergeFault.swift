/// Why a merge leaves out a source as it stands, as facts.
public enum MergeFault: Error, Sendable, Hashable {
  /// A folder that lies deeper below the one that was named than is looked into.
  case tooDeep(path: String, limit: Int)
  /// A folder with more in it than is gone through at once.
  case tooMany(path: String, limit: Int)
  /// With a copy of a store, less of the disk would be free than is left to records. In bytes.
  case noRoom(path: String, needed: Int, free: Int, floor: Int)
}

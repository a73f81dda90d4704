public import Ledger

/// What can go wrong with a store, as facts; the command line finds the words.
public enum StoreError: Error, Hashable, Sendable {
  /// There is no store at this path.
  case noStore(path: String)
  /// There is already a store at this path.
  case alreadyExists(path: String)
  /// No store, but a file of one that stood there: its last changes, or what undoes half of one.
  case leftBeside(path: String)
  /// What was to be written would take the place of a file that a store consists of.
  case ownFile(path: String)
  /// What was to be written would take the place of a database: a store, or a backup of one.
  case databaseFile(path: String)
  /// What is to be read is a pipe, a device or the like.
  case notAFile(path: String)
  /// The file is no store of this program, or is damaged beyond opening.
  case notAStore(path: String)
  /// The store was written by a newer version of the program.
  case newerSchema(found: Int, known: Int)
  /// The store was written by an older version, and what is damaged in it keeps it from being brought forward; it was left
  /// as it is. In SQLite's words.
  case damagedOlder(found: Int, message: String)
  /// Another process holds the store's lock for too long.
  case busy
  case diskFull
  /// The database could not be read or written, in SQLite's words.
  case inputOutput(message: String)
  /// A file beside it could not; 0 where the system did not say why.
  case file(path: String, errno: Int32)
  case noRecord(prefix: String)
  /// Fewer digits of an id than tell records apart.
  case shortPrefix(String)
  /// The first of the records that a prefix may mean, of how many.
  case ambiguousRecord(prefix: String, matches: [String], count: Int)
  /// A record cannot be read back: the derived tables do not fit the logs (`doctor --repair` mends this).
  case damaged(String)
  /// An attachment's file is not here.
  case noContent(Hash256)
  /// An attachment's file is not what its name says.
  case damagedContent(Hash256)
}

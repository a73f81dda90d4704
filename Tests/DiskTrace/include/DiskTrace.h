/// A library that is preloaded into the program and writes down what that does to the files below `DISK_TRACE_FOLDER`,
/// and when it says something on standard output, into the file `DISK_TRACE`. It declares nothing of its own.
///
/// An entry is this head in the machine's own order, then the bytes of the path, of the other path, and the content.
/// Entries of several programs that share a file stand in the order in which things happened: what is done to files is
/// written down once it is done and before the program goes on; what is said, before it is said.
struct disk_trace_entry {
  /// Of the whole entry, in bytes.
  unsigned int length;
  unsigned int process;
  unsigned int kind;
  unsigned int path_length;
  unsigned int other_path_length;
  unsigned int reserved;
  /// The inode; 0 where there is none.
  unsigned long long file;
  /// Where the content was written, or how long the file is now.
  long long place;
};

/// What `kind` says. A file that is nameless was made without a name (O_TMPFILE) and may get one by `linked`.
enum disk_trace_kind {
  disk_trace_created = 1,
  disk_trace_folder = 2,
  disk_trace_nameless = 3,
  disk_trace_linked = 4,
  disk_trace_renamed = 5,
  disk_trace_removed = 6,
  disk_trace_written = 7,
  disk_trace_resized = 8,
  disk_trace_synced = 9,
  disk_trace_said = 10,
};

extension Schema {
  /// Missing contents numbered as they came to be missing, how far each peer was asked for them, and who is known to
  /// hold what. An erasure holds by content, in the divisions of who ordered it.
  static let contents = """
    CREATE TABLE erased(
      content BLOB NOT NULL, division TEXT NOT NULL, reason TEXT NOT NULL,
      PRIMARY KEY(content, division)) WITHOUT ROWID;
    -- The other divisions that their authors cover are added when notices are next judged.
    INSERT INTO erased SELECT content, division, min(reason) FROM erasures GROUP BY content, division;
    INSERT OR IGNORE INTO unwanted SELECT content FROM erasures;
    UPDATE attachments SET erased = 1 WHERE EXISTS (
      SELECT 1 FROM records r JOIN spaces s ON s.key = r.space
      JOIN erased e ON e.content = attachments.content AND e.division = s.division
      WHERE r.key = attachments.record);
    DELETE FROM contents WHERE NOT here AND NOT EXISTS (
      SELECT 1 FROM attachments a JOIN records r ON r.key = a.record
      WHERE a.content = contents.content AND r.space = contents.space AND NOT a.erased);
    DROP TABLE erasures;
    DROP TABLE absences;

    -- What may be asked for. Who went through it up to a number has only what stands behind it to look at.
    CREATE TABLE missing(
      number INTEGER PRIMARY KEY AUTOINCREMENT, space INTEGER NOT NULL, record INTEGER NOT NULL,
      content BLOB NOT NULL, bytes INTEGER NOT NULL, author BLOB NOT NULL,
      UNIQUE(record, content, bytes, author));
    CREATE INDEX missing_by_content ON missing(space, content);
    CREATE INDEX missing_by_space ON missing(space, number);
    CREATE INDEX missing_by_author ON missing(author, number);
    INSERT OR IGNORE INTO missing(space, record, content, bytes, author)
      SELECT r.space, a.record, a.content, a.bytes, a.author
      FROM contents c JOIN attachments a ON a.content = c.content AND NOT a.erased
      JOIN records r ON r.key = a.record AND r.space = c.space
      WHERE NOT c.here ORDER BY a.record, a.content;

    -- Up to which of them a peer was asked: it gave them, or has not got them.
    CREATE TABLE asked(
      peer INTEGER PRIMARY KEY,
      terms BLOB NOT NULL,         -- what the two may read and what is asked for: of others it does not hold
      through INTEGER NOT NULL, at INTEGER NOT NULL,
      contents INTEGER NOT NULL);  -- what the peer had said then of how many contents came to be there

    -- Where a content is besides: a peer gave it, has taken all of it, or lacked nothing.
    CREATE TABLE holders(
      space INTEGER NOT NULL, content BLOB NOT NULL, peer INTEGER NOT NULL, at INTEGER NOT NULL,
      PRIMARY KEY(space, content, peer)) WITHOUT ROWID;
    -- Of a peer that lacked nothing, up to which numbers what came to be here, or missing, was noted so.
    CREATE TABLE complete(
      space INTEGER NOT NULL, peer INTEGER NOT NULL, through INTEGER NOT NULL, missing INTEGER NOT NULL,
      PRIMARY KEY(space, peer)) WITHOUT ROWID;
    ALTER TABLE contents ADD COLUMN got INTEGER NOT NULL DEFAULT 0;       -- the number as which it came to be here
    ALTER TABLE contents ADD COLUMN elsewhere INTEGER NOT NULL DEFAULT 0; -- whether any peer holds it
    CREATE INDEX contents_by_number ON contents(space, got) WHERE here;
    CREATE INDEX contents_alone ON contents(space) WHERE here AND NOT elsewhere;
    """
}

-- The database of edits as version 0.1.0 left it: two people's edits, undone and redone, of two recordings.
BEGIN TRANSACTION;
CREATE TABLE database_identity (
	identifier VARCHAR(64) NOT NULL
);
INSERT INTO "database_identity" VALUES('0123456789abcdef0123456789abcdef');
CREATE TABLE entries (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	uuid VARCHAR(80) NOT NULL, 
	recording_sha256 VARCHAR(64) NOT NULL, 
	model_sha256 VARCHAR(64) NOT NULL, 
	person VARCHAR(120) NOT NULL, 
	at VARCHAR(40) NOT NULL, 
	action VARCHAR(40) NOT NULL, 
	payload TEXT NOT NULL, 
	UNIQUE (uuid)
);
INSERT INTO "entries" VALUES(1,'u1','ab09ced569fd8d5ee3a40ced589024a07f98e1a7353e6040ee97a7462d4f044f','cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc','Ann Müller','2026-03-01T10:01:00.000+00:00','relabel','{"beats":[300],"label":"V"}');
INSERT INTO "entries" VALUES(2,'u2','ab09ced569fd8d5ee3a40ced589024a07f98e1a7353e6040ee97a7462d4f044f','cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc','Ann Müller','2026-03-01T10:02:00.000+00:00','add','{"beat":-1,"sample":350,"label":"S"}');
INSERT INTO "entries" VALUES(3,'u3','ab09ced569fd8d5ee3a40ced589024a07f98e1a7353e6040ee97a7462d4f044f','cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc','Ben','2026-03-01T10:03:00.000+00:00','delete','{"beats":[[400,400]],"based_on":0}');
INSERT INTO "entries" VALUES(4,'u4','ab09ced569fd8d5ee3a40ced589024a07f98e1a7353e6040ee97a7462d4f044f','cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc','Ben','2026-03-01T10:04:00.000+00:00','mark_event','{"event":"VT:5","mark":"seen","based_on":0}');
INSERT INTO "entries" VALUES(5,'u5','ab09ced569fd8d5ee3a40ced589024a07f98e1a7353e6040ee97a7462d4f044f','cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc','Ben','2026-03-01T10:05:00.000+00:00','relabel','{"beats":[300],"label":"S","based_on":0}');
INSERT INTO "entries" VALUES(6,'u6','ab09ced569fd8d5ee3a40ced589024a07f98e1a7353e6040ee97a7462d4f044f','cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc','Ann Müller','2026-03-01T10:06:00.000+00:00','undo','{"entry":2}');
INSERT INTO "entries" VALUES(7,'u7','eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','none','Eve','2026-03-01T10:07:00.000+00:00','relabel','{"beats":[500],"label":"F"}');
INSERT INTO "entries" VALUES(8,'u8','ab09ced569fd8d5ee3a40ced589024a07f98e1a7353e6040ee97a7462d4f044f','cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc','Ann Müller','2026-03-01T10:08:00.000+00:00','redo','{"entry":2}');
CREATE TABLE schema_version (
	version INTEGER NOT NULL
);
INSERT INTO "schema_version" VALUES(1);
CREATE INDEX entries_of_a_recording ON entries (recording_sha256, model_sha256, seq);
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are only ever appended'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are only ever appended'); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('entries',8);
COMMIT;

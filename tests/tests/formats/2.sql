PRAGMA application_id = 1651728754;
PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE budgets(name TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID, STRICT;
INSERT INTO "budgets" VALUES('all',1794312000000000);
INSERT INTO "budgets" VALUES('marketing',1794312000000000);
CREATE TABLE dimensions(id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
INSERT INTO "dimensions" VALUES(0,'input_uncached');
INSERT INTO "dimensions" VALUES(1,'cache_read');
INSERT INTO "dimensions" VALUES(2,'cache_write_5m');
INSERT INTO "dimensions" VALUES(3,'cache_write_1h');
INSERT INTO "dimensions" VALUES(4,'output');
INSERT INTO "dimensions" VALUES(5,'reasoning');
INSERT INTO "dimensions" VALUES(6,'citation');
INSERT INTO "dimensions" VALUES(7,'audio_input');
INSERT INTO "dimensions" VALUES(8,'audio_cache_read');
INSERT INTO "dimensions" VALUES(9,'audio_cache_write');
INSERT INTO "dimensions" VALUES(10,'audio_output');
INSERT INTO "dimensions" VALUES(11,'image_input');
INSERT INTO "dimensions" VALUES(12,'image_cache_read');
INSERT INTO "dimensions" VALUES(13,'image_output');
INSERT INTO "dimensions" VALUES(14,'video_input');
INSERT INTO "dimensions" VALUES(15,'video_cache_read');
INSERT INTO "dimensions" VALUES(16,'video_output');
INSERT INTO "dimensions" VALUES(17,'images');
INSERT INTO "dimensions" VALUES(18,'images_read');
INSERT INTO "dimensions" VALUES(19,'pixels');
INSERT INTO "dimensions" VALUES(20,'pixels_read');
INSERT INTO "dimensions" VALUES(21,'audio_seconds');
INSERT INTO "dimensions" VALUES(22,'video_seconds');
INSERT INTO "dimensions" VALUES(23,'video_seconds_read');
INSERT INTO "dimensions" VALUES(24,'compute_seconds');
INSERT INTO "dimensions" VALUES(25,'characters');
INSERT INTO "dimensions" VALUES(26,'characters_output');
INSERT INTO "dimensions" VALUES(27,'pages');
INSERT INTO "dimensions" VALUES(28,'pages_annotated');
INSERT INTO "dimensions" VALUES(29,'requests');
INSERT INTO "dimensions" VALUES(30,'messages');
INSERT INTO "dimensions" VALUES(31,'web_searches');
INSERT INTO "dimensions" VALUES(32,'map_searches');
INSERT INTO "dimensions" VALUES(33,'file_searches');
INSERT INTO "dimensions" VALUES(34,'social_searches');
INSERT INTO "dimensions" VALUES(35,'rerank_searches');
INSERT INTO "dimensions" VALUES(36,'code_executions');
INSERT INTO "dimensions" VALUES(37,'code_sessions');
INSERT INTO "dimensions" VALUES(38,'code_seconds');
INSERT INTO "dimensions" VALUES(39,'storage_token_hours');
INSERT INTO "dimensions" VALUES(40,'storage_gigabyte_days');
INSERT INTO "dimensions" VALUES(41,'guardrail_units');
INSERT INTO "dimensions" VALUES(42,'credits');
INSERT INTO "dimensions" VALUES(43,'cache_write_12h');
INSERT INTO "dimensions" VALUES(44,'cache_read_explicit');
CREATE TABLE entries(
  seq INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  at INTEGER NOT NULL,
  effective_at INTEGER NOT NULL,
  hold INTEGER NOT NULL,
  tags INTEGER NOT NULL,
  model INTEGER NOT NULL,
  bound_nano INTEGER NOT NULL,
  bound_pico INTEGER NOT NULL,
  amount_nano INTEGER NOT NULL,
  amount_pico INTEGER NOT NULL,
  lines TEXT,
  price_version INTEGER,
  expires_at INTEGER,
  key BLOB,
  corrects INTEGER,
  flags INTEGER NOT NULL,
  note TEXT,
  crc INTEGER NOT NULL,
  beside_nano INTEGER,
  beside_pico INTEGER
) STRICT;
INSERT INTO "entries" VALUES(1,'reserve',1794312000000000,1794312000000000,1048576,0,0,10000000,0,0,0,NULL,NULL,1794312900000000,NULL,NULL,0,NULL,498980180,NULL,NULL);
INSERT INTO "entries" VALUES(2,'settle',1794312000000000,1794312000000000,1048576,0,0,0,0,10000000,0,'[[4,10000,10000000,0]]',1,NULL,NULL,NULL,0,NULL,71444280,NULL,NULL);
INSERT INTO "entries" VALUES(3,'reserve',1794312000000000,1794312000000000,2097153,1,0,10000000,0,0,0,NULL,NULL,1794312900000000,NULL,NULL,0,NULL,2858368377,NULL,NULL);
INSERT INTO "entries" VALUES(4,'settle',1794312000000000,1794312000000000,2097153,1,0,0,0,20000000,0,'[[4,20000,20000000,0]]',1,NULL,NULL,NULL,1,NULL,2479250064,NULL,NULL);
INSERT INTO "entries" VALUES(5,'reserve',1794312000000000,1794312000000000,3145730,0,0,5000000,0,0,0,NULL,NULL,1794312900000000,NULL,NULL,0,NULL,1343040841,NULL,NULL);
INSERT INTO "entries" VALUES(6,'settle',1794312000000000,1794312000000000,3145730,0,0,0,0,123456,789,NULL,NULL,NULL,NULL,NULL,0,NULL,1985028151,NULL,NULL);
INSERT INTO "entries" VALUES(7,'adjust',1794312000000000,1794312000000000,3145730,0,0,0,0,-1,999,NULL,NULL,NULL,NULL,6,0,'a test',1028463127,NULL,NULL);
INSERT INTO "entries" VALUES(8,'reserve',1794312000000000,1794312000000000,4194307,0,0,100000,0,0,0,NULL,NULL,1794312900000000,NULL,NULL,0,NULL,2533845787,NULL,NULL);
INSERT INTO "entries" VALUES(9,'release',1794312000000000,1794312000000000,4194307,0,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,0,NULL,2400406347,NULL,NULL);
INSERT INTO "entries" VALUES(10,'reserve',1794312000000000,1794312000000000,5242884,0,0,4000000,0,0,0,NULL,NULL,1794312900000000,NULL,NULL,0,NULL,2649662781,NULL,NULL);
INSERT INTO "entries" VALUES(11,'settle',1794312000000000,1794312000000000,5242884,0,0,0,0,5500000,0,'[[0,3000,1500000,0],[4,4000,4000000,0]]',1,NULL,NULL,NULL,1,NULL,3118064366,6100000,0);
INSERT INTO "entries" VALUES(12,'reserve',1794312000000000,1794312000000000,6291461,1,0,7000000,0,0,0,NULL,NULL,1794312900000000,NULL,NULL,0,NULL,3023452159,NULL,NULL);
INSERT INTO "entries" VALUES(13,'unresolved',1794312000000000,1794312000000000,6291461,1,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,0,NULL,1621901296,NULL,NULL);
INSERT INTO "entries" VALUES(14,'expire',1794313800000000,1794312000000000,6291461,1,0,0,0,7000000,0,NULL,NULL,NULL,NULL,NULL,0,NULL,3462763722,NULL,NULL);
INSERT INTO "entries" VALUES(15,'settle',1794313800000000,1794312000000000,6291461,1,0,0,0,-1000,0,'[[4,6999,6999000,0]]',1,NULL,NULL,NULL,2,NULL,3491430687,NULL,NULL);
INSERT INTO "entries" VALUES(16,'reserve',1794313800000000,1794313800000000,7340032,0,0,4000000,0,0,0,NULL,NULL,1794314700000000,NULL,NULL,0,NULL,1926582253,NULL,NULL);
INSERT INTO "entries" VALUES(17,'settle',1794313800000000,1794313800000000,7340032,0,0,0,0,6100000,0,'[[0,3000,1663636,364],[4,4000,4436363,636]]',1,NULL,NULL,NULL,5,NULL,3687414206,5500000,0);
INSERT INTO "entries" VALUES(18,'reserve',1794313800000000,1794313800000000,8388609,0,0,1000000,0,0,0,NULL,NULL,1794314700000000,X'249C2CEB8D52AF4DBF2CA97A30440864',NULL,0,NULL,4183948125,NULL,NULL);
CREATE TABLE marks(
  id INTEGER PRIMARY KEY,
  budget TEXT NOT NULL,
  instance TEXT NOT NULL,
  window_start INTEGER NOT NULL,
  window_end INTEGER NOT NULL,
  step TEXT NOT NULL,
  kind TEXT NOT NULL,
  agent TEXT,
  at INTEGER NOT NULL,
  seq INTEGER NOT NULL
) STRICT;
CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;
INSERT INTO "meta" VALUES('open_from',18);
INSERT INTO "meta" VALUES('rolled_up_to',18);
CREATE TABLE rollups(
  hour INTEGER NOT NULL,
  tags INTEGER NOT NULL,
  model INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  overruns INTEGER NOT NULL,
  expired INTEGER NOT NULL,
  amount_nano INTEGER NOT NULL,
  amount_pico INTEGER NOT NULL,
  lines TEXT,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  PRIMARY KEY(hour, tags, model)
) WITHOUT ROWID, STRICT;
INSERT INTO "rollups" VALUES(1794312000000000,0,0,4,2,0,21723456,788,'[[4,18000,18436363,636],[0,6000,3163636,364]]',2,17);
INSERT INTO "rollups" VALUES(1794312000000000,1,0,2,1,1,26999000,0,'[[4,26999,26999000,0]]',4,15);
CREATE TABLE symbols(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
INSERT INTO "symbols" VALUES(0,'private/test-model');
INSERT INTO "symbols" VALUES(1,'2026-11-23-0550d54c6fec820ff04a1b967d3930c0');
CREATE TABLE tag_sets(id INTEGER PRIMARY KEY, tags TEXT NOT NULL) STRICT;
INSERT INTO "tag_sets" VALUES(0,'{"team.name":"data"}');
INSERT INTO "tag_sets" VALUES(1,'{"team.name":"marketing"}');
CREATE INDEX entries_keyed ON entries(seq) WHERE key IS NOT NULL;
CREATE INDEX entries_released ON entries(hold) WHERE kind = 'release';
CREATE VIEW entry_usage AS
SELECT
  e.seq,
  d.name AS dimension,
  json_extract(l.value, '$[1]') AS quantity,
  json_extract(l.value, '$[2]') AS amount_nano,
  json_extract(l.value, '$[3]') AS amount_pico
FROM entries e, json_each(e.lines) l
JOIN dimensions d ON d.id = json_extract(l.value, '$[0]');
CREATE VIEW rollup_usage AS
SELECT
  r.hour,
  r.tags,
  r.model,
  d.name AS dimension,
  json_extract(l.value, '$[1]') AS quantity,
  json_extract(l.value, '$[2]') AS amount_nano,
  json_extract(l.value, '$[3]') AS amount_pico
FROM rollups r, json_each(r.lines) l
JOIN dimensions d ON d.id = json_extract(l.value, '$[0]');
CREATE VIEW ledger AS
SELECT
  e.seq,
  e.kind,
  strftime('%Y-%m-%dT%H:%M:%S', e.effective_at / 1000000, 'unixepoch') || 'Z' AS effective_at,
  t.tags,
  s.text AS model,
  CASE WHEN e.amount_nano >= 0
    THEN printf('%d.%09d%03d', e.amount_nano / 1000000000, e.amount_nano % 1000000000, e.amount_pico)
    ELSE printf('-%d.%09d%03d', -(e.amount_nano + (e.amount_pico > 0)) / 1000000000,
      -(e.amount_nano + (e.amount_pico > 0)) % 1000000000, (1000 - e.amount_pico) % 1000)
  END AS amount_usd,
  CASE WHEN e.lines IS NOT NULL THEN (
    SELECT json_group_object(u.dimension, u.quantity) FROM entry_usage u WHERE u.seq = e.seq
  ) END AS usage,
  e.hold,
  e.corrects,
  e.note,
  CASE WHEN e.beside_nano IS NOT NULL THEN
    printf('%d.%09d%03d', e.beside_nano / 1000000000, e.beside_nano % 1000000000, e.beside_pico)
  END AS beside_usd,
  e.flags & 4 <> 0 AS is_stated
FROM entries e
LEFT JOIN tag_sets t ON t.id = e.tags
LEFT JOIN symbols s ON s.id = e.model;
COMMIT;

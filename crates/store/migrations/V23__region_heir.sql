-- What became of regions that ended, as far as it holds today: written from the catalogue's splits and mergers, read by the
-- filter of rights. `region` is the ended region's code, `heir` the digits that what took its place shares with everything
-- below it. Small: only regions that ended have rows.
CREATE TABLE region_heir (
    shard  TEXT NOT NULL,
    region TEXT NOT NULL,
    heir   TEXT NOT NULL,
    PRIMARY KEY (shard, region, heir)
) WITHOUT ROWID;
CREATE INDEX region_heir_region ON region_heir (region, heir);

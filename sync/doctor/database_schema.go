package doctor

// databaseSchema: an agent refuses a schema that is not its own.
var databaseSchema = Check{
	ID: "database-schema", Severity: Error,
	Says:  "The schema of the database is older or newer than this build's.",
	Needs: []Part{PartDatabase},
	look: func(x *examination) {
		switch d := x.subject.Database; {
		case !d.Compared:
			x.skip(d.Origin, "an SQLite file is migrated by the agent that opens it, at its start")
		case d.Schema < d.Build:
			x.find(d.Origin, "start the agent without DB_MIGRATION_SKIP: it migrates, and destroys nothing", "the schema has version %d, this build needs version %d", d.Schema, d.Build)
		case d.Schema > d.Build:
			x.find(d.Origin, "run the agent of the release that made it, or a newer one", "the schema has version %d, this build knows version %d", d.Schema, d.Build)
		}
	},
}

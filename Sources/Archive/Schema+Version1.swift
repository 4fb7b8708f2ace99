extension Schema {
    /// Columns are named as the properties of the records. Dates (`...At`, `leaseUntil`, `notBefore`) are seconds
    /// since 1970. `digest` is what files are found by.
    static let version1 = instancesVersion1 + jobsVersion1 + outboxVersion1 + historyVersion1

    private static let instancesVersion1 = """
        CREATE TABLE study (
            id INTEGER PRIMARY KEY,
            studyInstanceUID TEXT NOT NULL UNIQUE,
            patientID TEXT, accessionNumber TEXT, studyDate TEXT, studyDescription TEXT,
            firstReceivedAt REAL NOT NULL, lastReceivedAt REAL NOT NULL
        ) STRICT;
        CREATE INDEX study_lastReceivedAt ON study(lastReceivedAt);

        CREATE TABLE series (
            id INTEGER PRIMARY KEY,
            studyID INTEGER NOT NULL REFERENCES study(id),
            seriesInstanceUID TEXT NOT NULL UNIQUE,
            modality TEXT, bodyPartExamined TEXT, seriesDescription TEXT, seriesNumber INTEGER,
            frameOfReferenceUID TEXT,
            callingAETitle TEXT NOT NULL, lastAssociationID TEXT NOT NULL, associationCount INTEGER NOT NULL DEFAULT 1,
            state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
            revision INTEGER NOT NULL DEFAULT 1,
            reason TEXT,
            instanceCount INTEGER NOT NULL DEFAULT 0, byteCount INTEGER NOT NULL DEFAULT 0,
            isOwnResult INTEGER NOT NULL,
            identityConflict TEXT,
            firstInstanceAt REAL NOT NULL, lastInstanceAt REAL NOT NULL,
            quietAt REAL NOT NULL, deadlineAt REAL NOT NULL,
            dueAt REAL NOT NULL AS (min(quietAt, deadlineAt)) STORED,
            closedAt REAL
        ) STRICT;
        CREATE INDEX series_due ON series(dueAt) WHERE state = 'open';
        CREATE INDEX series_studyID ON series(studyID);
        CREATE INDEX series_lastInstanceAt ON series(lastInstanceAt);

        CREATE TABLE instance (
            id INTEGER PRIMARY KEY,
            seriesID INTEGER NOT NULL REFERENCES series(id),
            sopInstanceUID TEXT NOT NULL UNIQUE,
            sopClassUID TEXT NOT NULL, transferSyntaxUID TEXT NOT NULL,
            digest TEXT NOT NULL UNIQUE,
            byteCount INTEGER NOT NULL,
            receivedAt REAL NOT NULL,
            callingAETitle TEXT NOT NULL, associationID TEXT NOT NULL,
            instanceNumber INTEGER,
            isOwnResult INTEGER NOT NULL,
            state TEXT NOT NULL DEFAULT 'stored' CHECK (state IN ('stored', 'missing', 'removing')),
            attributes TEXT NOT NULL
        ) STRICT;
        CREATE INDEX instance_seriesID ON instance(seriesID);
        CREATE INDEX instance_state ON instance(state) WHERE state <> 'stored';

        CREATE TABLE quarantine (
            id INTEGER PRIMARY KEY,
            reason TEXT NOT NULL,
            sopInstanceUID TEXT, seriesInstanceUID TEXT, callingAETitle TEXT,
            digest TEXT NOT NULL UNIQUE,
            byteCount INTEGER NOT NULL,
            receivedAt REAL NOT NULL
        ) STRICT;
        CREATE INDEX quarantine_receivedAt ON quarantine(receivedAt);

        CREATE TABLE usage (id INTEGER PRIMARY KEY CHECK (id = 1), storedBytes INTEGER NOT NULL) STRICT;
        INSERT INTO usage VALUES (1, 0);
        CREATE TRIGGER instance_stored AFTER INSERT ON instance BEGIN
            UPDATE usage SET storedBytes = storedBytes + new.byteCount;
            UPDATE series SET instanceCount = instanceCount + 1, byteCount = byteCount + new.byteCount
                WHERE id = new.seriesID;
        END;
        CREATE TRIGGER instance_removed AFTER DELETE ON instance BEGIN
            UPDATE usage SET storedBytes = storedBytes - old.byteCount;
            UPDATE series SET instanceCount = instanceCount - 1, byteCount = byteCount - old.byteCount
                WHERE id = old.seriesID;
        END;
        CREATE TRIGGER quarantine_stored AFTER INSERT ON quarantine BEGIN
            UPDATE usage SET storedBytes = storedBytes + new.byteCount;
        END;
        CREATE TRIGGER quarantine_removed AFTER DELETE ON quarantine BEGIN
            UPDATE usage SET storedBytes = storedBytes - old.byteCount;
        END;

        CREATE TABLE sender (
            callingAETitle TEXT PRIMARY KEY,
            wholeSeriesInARow INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        """

    private static let jobsVersion1 = """
        CREATE TABLE job (
            id INTEGER PRIMARY KEY,
            pipeline TEXT NOT NULL,
            seriesID INTEGER NOT NULL REFERENCES series(id),
            seriesRevision INTEGER NOT NULL,
            modelName TEXT NOT NULL, modelDigest TEXT NOT NULL,
            answer INTEGER NOT NULL DEFAULT 1,
            state TEXT NOT NULL,
            outcome TEXT, reason TEXT, lastError TEXT,
            priority INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            epoch INTEGER NOT NULL DEFAULT 0,
            worker TEXT, leaseUntil REAL, notBefore REAL,
            createdAt REAL NOT NULL, startedAt REAL, finishedAt REAL,
            chosenSeriesUID TEXT, findingsJSON TEXT, timingsJSON TEXT,
            predecessorID INTEGER REFERENCES job(id), supersededByID INTEGER REFERENCES job(id),
            UNIQUE (seriesID, pipeline, seriesRevision, modelDigest)
        ) STRICT;
        CREATE INDEX job_ready ON job(priority DESC, id) WHERE state = 'ready';
        CREATE INDEX job_waiting ON job(notBefore) WHERE state = 'waiting';
        CREATE INDEX job_lease ON job(leaseUntil) WHERE state = 'running';
        CREATE INDEX job_state ON job(state, id);

        CREATE TABLE pause (scope TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

        """

    private static let outboxVersion1 = """
        CREATE TABLE result (
            id INTEGER PRIMARY KEY,
            jobID INTEGER NOT NULL REFERENCES job(id),
            answer INTEGER NOT NULL,
            role TEXT NOT NULL,
            sopInstanceUID TEXT NOT NULL, sopClassUID TEXT NOT NULL, transferSyntaxUID TEXT NOT NULL,
            seriesInstanceUID TEXT NOT NULL, studyInstanceUID TEXT NOT NULL,
            digest TEXT NOT NULL,
            instanceID INTEGER REFERENCES instance(id) ON DELETE SET NULL
        ) STRICT;
        CREATE INDEX result_jobID ON result(jobID, answer);
        CREATE INDEX result_instanceID ON result(instanceID);

        CREATE TABLE delivery (
            id INTEGER PRIMARY KEY,
            jobID INTEGER NOT NULL REFERENCES job(id),
            resultID INTEGER NOT NULL REFERENCES result(id),
            destination TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('due', 'sending', 'sent', 'dead')),
            attempts INTEGER NOT NULL DEFAULT 0, refusals INTEGER NOT NULL DEFAULT 0,
            nextAttemptAt REAL NOT NULL, dueSince REAL NOT NULL,
            leaseUntil REAL,
            lastStatus INTEGER, lastError TEXT,
            createdAt REAL NOT NULL, sentAt REAL,
            UNIQUE (resultID, destination)
        ) STRICT;
        CREATE INDEX delivery_due ON delivery(destination, id) WHERE state = 'due';
        CREATE INDEX delivery_lease ON delivery(leaseUntil) WHERE state = 'sending';
        CREATE INDEX delivery_jobID ON delivery(jobID);
        CREATE INDEX delivery_state ON delivery(state, id);

        CREATE TABLE destination (
            name TEXT PRIMARY KEY,
            failures INTEGER NOT NULL,
            notBefore REAL NOT NULL,
            lastError TEXT
        ) STRICT, WITHOUT ROWID;

        """

    private static let historyVersion1 = """
        CREATE TABLE event (
            id INTEGER PRIMARY KEY,
            at REAL NOT NULL,
            seriesID INTEGER, jobID INTEGER,
            kind TEXT NOT NULL,
            detail TEXT
        ) STRICT;
        CREATE INDEX event_seriesID ON event(seriesID, id);
        CREATE INDEX event_jobID ON event(jobID, id);

        CREATE TABLE tombstone (
            id INTEGER PRIMARY KEY,
            role TEXT NOT NULL,
            sopInstanceUID TEXT, seriesInstanceUID TEXT,
            digest TEXT NOT NULL,
            byteCount INTEGER NOT NULL,
            receivedAt REAL NOT NULL, removedAt REAL NOT NULL
        ) STRICT;
        CREATE INDEX tombstone_sopInstanceUID ON tombstone(sopInstanceUID);
        """
}

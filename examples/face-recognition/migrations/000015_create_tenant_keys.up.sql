SET LOCAL lock_timeout = '2s';

-- Data keys of tenants, wrapped by a master key that is not in the database, and how far each column of sealed values
-- has come under the newest key: the tables of the library that the service links, by the names that it knows.
CREATE TABLE freehold_data_keys (
    tenant_id uuid NOT NULL,
    purpose text NOT NULL,
    version integer NOT NULL,
    key_id uuid NOT NULL,
    master_key text NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT freehold_data_keys_pkey PRIMARY KEY (tenant_id, purpose, version),
    CONSTRAINT freehold_data_keys_key_id_key UNIQUE (tenant_id, key_id),
    CONSTRAINT freehold_data_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id),
    CONSTRAINT freehold_data_keys_purpose_check CHECK (purpose IN ('data', 'index')),
    CONSTRAINT freehold_data_keys_version_check CHECK (version > 0)
);
COMMENT ON TABLE freehold_data_keys IS 'Data keys of tenants, wrapped by a master key that is not in the database.';
COMMENT ON COLUMN freehold_data_keys.tenant_id IS 'Whose key it is.';
COMMENT ON COLUMN freehold_data_keys.purpose IS 'data: seals values; index: makes blind indexes.';
COMMENT ON COLUMN freehold_data_keys.version IS 'Counted from 1 within tenant and purpose; the highest is in use.';
COMMENT ON COLUMN freehold_data_keys.key_id IS 'Stands in each value that the key sealed.';
COMMENT ON COLUMN freehold_data_keys.master_key IS 'The name of the master key that wrapped it.';
COMMENT ON COLUMN freehold_data_keys.wrapped IS 'The key, readable only with the master key.';
COMMENT ON COLUMN freehold_data_keys.created_at IS 'When the key was made.';
COMMENT ON COLUMN freehold_data_keys.updated_at IS 'When it was last rewrapped.';
CREATE TABLE freehold_rotations (
    tenant_id uuid NOT NULL,
    relation text NOT NULL,
    sealed_column text NOT NULL,
    data_key uuid NOT NULL,
    index_version integer,
    walked_to text[],
    pass integer NOT NULL DEFAULT 1,
    expected bigint NOT NULL DEFAULT 0,
    resealed bigint NOT NULL DEFAULT 0,
    overtaken bigint NOT NULL DEFAULT 0,
    unreadable text[] NOT NULL DEFAULT '{}',
    unreadable_count bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CONSTRAINT freehold_rotations_pkey PRIMARY KEY (tenant_id, relation, sealed_column),
    CONSTRAINT freehold_rotations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (id)
);
COMMENT ON TABLE freehold_rotations IS 'How far each column of sealed values has come under the newest data key.';
COMMENT ON COLUMN freehold_rotations.tenant_id IS 'Whose values they are.';
COMMENT ON COLUMN freehold_rotations.relation IS 'The table.';
COMMENT ON COLUMN freehold_rotations.sealed_column IS 'The column.';
COMMENT ON COLUMN freehold_rotations.data_key IS 'The data key that values are brought under.';
COMMENT ON COLUMN freehold_rotations.index_version IS 'The version of the blind index key, where there is a blind index.';
COMMENT ON COLUMN freehold_rotations.walked_to IS 'The key of the last row that was looked at in this pass.';
COMMENT ON COLUMN freehold_rotations.pass IS 'Counted from 1; another pass follows when writers left values under an older key.';
COMMENT ON COLUMN freehold_rotations.expected IS 'Values that were to be sealed anew when it began.';
COMMENT ON COLUMN freehold_rotations.resealed IS 'Values that were sealed anew.';
COMMENT ON COLUMN freehold_rotations.overtaken IS 'Values that a writer changed in between; the writer''s were kept.';
COMMENT ON COLUMN freehold_rotations.unreadable IS 'Keys of the first rows of this pass whose values do not open.';
COMMENT ON COLUMN freehold_rotations.unreadable_count IS 'Rows of this pass whose values do not open.';
COMMENT ON COLUMN freehold_rotations.started_at IS 'When it began.';
COMMENT ON COLUMN freehold_rotations.updated_at IS 'When the last batch was done.';
COMMENT ON COLUMN freehold_rotations.finished_at IS 'When nothing was left to do.';
ALTER TABLE freehold_data_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE freehold_data_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY freehold_data_keys_of_tenant ON freehold_data_keys
    FOR ALL TO app_writer
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
COMMENT ON POLICY freehold_data_keys_of_tenant ON freehold_data_keys IS 'A session sees and writes rows of its own tenant; without one, none.';
ALTER TABLE freehold_rotations ENABLE ROW LEVEL SECURITY;
ALTER TABLE freehold_rotations FORCE ROW LEVEL SECURITY;
CREATE POLICY freehold_rotations_of_tenant ON freehold_rotations
    FOR ALL TO app_writer
    USING (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
COMMENT ON POLICY freehold_rotations_of_tenant ON freehold_rotations IS 'A session sees and writes rows of its own tenant; without one, none.';
GRANT SELECT, INSERT ON freehold_data_keys TO app_writer;
GRANT SELECT, INSERT, UPDATE ON freehold_rotations TO app_writer;

SET LOCAL lock_timeout = '2s';

-- Shared by all tenants on purpose: it holds the terms of the plans, nothing of a customer.
CREATE TABLE plan_retentions (
    id         uuid        NOT NULL DEFAULT gen_random_uuid(),
    plan       text        NOT NULL,
    check_days integer     NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT plan_retentions_pkey PRIMARY KEY (id),
    CONSTRAINT plan_retentions_plan_key UNIQUE (plan),
    CONSTRAINT plan_retentions_plan_check CHECK (plan IN ('free', 'team', 'business', 'enterprise')),
    CONSTRAINT plan_retentions_check_days_check CHECK (check_days BETWEEN 1 AND 3650)
);

-- Keys and times are written out, so that every database that is made from these migrations is the same.
INSERT INTO plan_retentions (id, plan, check_days, created_at, updated_at) VALUES
    ('5b1c1f0e-0000-4000-8000-000000000001', 'free', 7, '2026-02-02 07:00:00+00', '2026-02-02 07:00:00+00'),
    ('5b1c1f0e-0000-4000-8000-000000000002', 'team', 30, '2026-02-02 07:00:00+00', '2026-02-02 07:00:00+00'),
    ('5b1c1f0e-0000-4000-8000-000000000003', 'business', 90, '2026-02-02 07:00:00+00', '2026-02-02 07:00:00+00'),
    ('5b1c1f0e-0000-4000-8000-000000000004', 'enterprise', 400, '2026-02-02 07:00:00+00', '2026-02-02 07:00:00+00');

CREATE TRIGGER plan_retentions_touch_updated_at
    BEFORE UPDATE ON plan_retentions
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

GRANT SELECT ON plan_retentions TO app_reader, app_writer;
GRANT SELECT, UPDATE ON plan_retentions TO app_admin;

COMMENT ON TABLE plan_retentions IS 'How long checks are kept on each plan. Shared by all tenants.';
COMMENT ON COLUMN plan_retentions.id IS 'Key.';
COMMENT ON COLUMN plan_retentions.plan IS 'The plan, as in tenants.plan.';
COMMENT ON COLUMN plan_retentions.check_days IS 'Days after which a check may be deleted.';
COMMENT ON COLUMN plan_retentions.created_at IS 'When the row was made.';
COMMENT ON COLUMN plan_retentions.updated_at IS 'When the row was last changed.';

CREATE TABLE invoices (
    id          uuid        NOT NULL DEFAULT gen_random_uuid(),
    total_cents bigint      NOT NULL,
    paid_at     timestamptz,
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT invoices_pkey PRIMARY KEY (id)
);

CREATE VIEW unpaid_invoices AS
SELECT id, total_cents FROM invoices WHERE paid_at IS NULL;

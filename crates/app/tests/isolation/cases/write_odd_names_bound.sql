-- The same, with a policy that checks.
-- settings: [tenancy]
-- settings: root = "Desk.Orgs"
-- settings: column = "Org Id"
CREATE ROLE write_odd_names_bound_app;
CREATE SCHEMA "Desk";
GRANT USAGE ON SCHEMA "Desk" TO write_odd_names_bound_app;
CREATE TABLE "Desk"."Orgs" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE "Desk"."Order Lines" (
    id bigint GENERATED ALWAYS AS IDENTITY, "Org Id" bigint NOT NULL REFERENCES "Desk"."Orgs", "Amount" numeric(10, 2) NOT NULL,
    doubled numeric GENERATED ALWAYS AS ("Amount" * 2) STORED, PRIMARY KEY (id)
);
ALTER TABLE "Desk"."Orgs" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Desk"."Orgs" FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON "Desk"."Orgs" TO write_odd_names_bound_app USING (id = nullif(current_setting('app.org', true), '')::bigint);
ALTER TABLE "Desk"."Order Lines" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Desk"."Order Lines" FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON "Desk"."Order Lines" TO write_odd_names_bound_app
    USING ("Org Id" = nullif(current_setting('app.org', true), '')::bigint);
GRANT SELECT ON "Desk"."Orgs" TO write_odd_names_bound_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "Desk"."Order Lines" TO write_odd_names_bound_app;

-- Names in capitals, with blanks and quotes, in a schema of their own.
-- leaked: read-* "Shop Floor"."Order ""Lines"""
-- leaked: around-statistics "Shop Floor"."Order ""Lines"""
-- leaked: context-empty "Shop Floor"."Order ""Lines"""
-- leaked: context-left-over "Shop Floor"."Order ""Lines"""
-- leaked: context-malformed "Shop Floor"."Order ""Lines"""
-- leaked: context-none "Shop Floor"."Order ""Lines"""
-- leaked: context-plan "Shop Floor"."Order ""Lines"""
-- leaked: context-reset "Shop Floor"."Order ""Lines"""
-- leaked: context-switched "Shop Floor"."Order ""Lines"""
-- held: read-lock "Shop Floor"."Order ""Lines"""
-- held: read-returning "Shop Floor"."Order ""Lines"""
CREATE ROLE read_quoted_names_app;
CREATE SCHEMA "Shop Floor";
GRANT USAGE ON SCHEMA "Shop Floor" TO read_quoted_names_app;
CREATE TABLE "Shop Floor"."Tenants" (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE "Shop Floor"."Order ""Lines""" ("Tenant Id" uuid NOT NULL REFERENCES "Shop Floor"."Tenants", "Id" uuid PRIMARY KEY, "Select" text);
CREATE TABLE "Shop Floor"."Notes" ("Tenant Id" uuid NOT NULL REFERENCES "Shop Floor"."Tenants", "Id" uuid PRIMARY KEY, "Group" text);
ALTER TABLE "Shop Floor"."Notes" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "Shop Floor"."Notes" FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON "Shop Floor"."Notes" TO read_quoted_names_app
    USING ("Tenant Id" = (SELECT nullif(current_setting('app.current_tenant_id', true), '')::uuid));
GRANT SELECT ON "Shop Floor"."Order ""Lines""", "Shop Floor"."Notes" TO read_quoted_names_app;

-- case: a table left out
-- after: sound
-- told: row-security-off
@table notes
grant select on notes to app;

-- case: a copy by LIKE
-- after: sound
-- told: row-security-off
create table documents_2 (like documents including all);
grant select on documents_2 to app;

-- case: switched off in one of two actions
-- after: sound
-- told: row-security-disabled
alter table documents no force row level security, disable row level security;

-- case: forced no more
-- after: sound
-- told: row-security-not-forced
alter table documents no force row level security;

-- case: owned by the application
-- after: sound
-- told: table-owned-by-application
alter table documents owner to app;

-- case: a superuser
-- after: sound
-- told: role-bypasses-row-security
alter role app superuser;

-- case: widened
-- after: sound
-- told: policy-admits-all-rows
alter policy documents_of_tenant on documents using (true);

-- case: always true, hidden in an OR
-- after: sound
-- told: policy-admits-all-rows
@guarded notes {closed} or 1 = 1

-- case: beside it a policy for everybody
-- after: sound
-- told: policy-admits-all-rows
create policy open on documents using (true);

-- case: beside it a policy about the row
-- after: sound
-- told: policy-without-tenant
create policy open on documents for select to app using (title like 'public%');

-- case: rows for others
-- after: sound
-- told: new-rows-unchecked
create policy add on documents for insert to app with check (true);

-- case: rows moved to others
-- after: sound
-- told: new-rows-unchecked
alter policy documents_of_tenant on documents with check (title <> '');

-- case: open without a tenant
-- after: sound
-- told: policy-open-without-tenant
@guarded notes (select current_setting('app.tenant_id', true)) is null or {closed}

-- case: open by coalesce
-- after: sound
-- told: policy-open-without-tenant
@guarded notes coalesce({closed}, true)

-- case: a fallback tenant
-- after: sound
-- told: policy-open-without-tenant
@guarded notes tenant_id = (select coalesce(nullif(current_setting('app.tenant_id', true), ''), '00000000-0000-0000-0000-000000000001')::uuid)

-- case: fails on the empty setting
-- after: sound
-- told: policy-fails-on-empty-setting
@guarded notes tenant_id = (select current_setting('app.tenant_id', true)::uuid)

-- case: a guard does not keep the planner from failing
-- after: sound
-- told: policy-fails-on-empty-setting
-- told: policy-computed-per-row
@guarded notes (select current_setting('app.tenant_id', true)) <> '' and tenant_id = current_setting('app.tenant_id', true)::uuid

-- case: a prefix
-- after: sound
-- told: policy-matches-by-prefix
@guarded notes starts_with(tenant_id::text, (select nullif(current_setting('app.tenant_id', true), '')))

-- case: a part of the column
-- after: sound
-- told: policy-matches-by-prefix
@guarded notes left(tenant_id::text, 8) = (select nullif(current_setting('app.tenant_id', true), ''))

-- case: computed per row
-- after: sound
-- told: policy-computed-per-row
@guarded notes tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid

-- case: a view
-- after: sound
-- told: view-bypasses-row-security
create view titles as select title from documents;
grant select on titles to app;

-- case: a view over a sound view
-- after: sound
-- told: view-bypasses-row-security
create view inner_titles with (security_invoker = true) as select title from documents;
create view titles as select title from inner_titles;
grant select on titles to app;

-- case: a materialised view
-- after: sound
-- told: materialized-view-of-all-tenants
create materialized view titles as select title from documents;
grant select on titles to app;

-- case: a definer in PL/pgSQL
-- after: sound
-- told: security-definer-bypasses-row-security
create function find(t text) returns setof documents language plpgsql security definer set search_path = public, pg_temp as $$ begin return query select * from documents where title = t; end $$;

-- case: a definer that writes
-- after: sound
-- told: security-definer-bypasses-row-security
create function forget(t text) returns void language sql security definer set search_path = public, pg_temp as $$ delete from public.documents where title = t $$;

-- case: a unique index over an expression
-- after: sound
-- told: unique-without-tenant
create unique index on documents (lower(title));

-- case: an inline key
-- after: sound
-- told: foreign-key-without-tenant
create table uploads (tenant_id uuid not null references tenants, id uuid primary key);
alter table uploads enable row level security;
alter table uploads force row level security;
create policy p on uploads to app using ({closed});
create table previews (tenant_id uuid not null references tenants, id uuid primary key, upload_id uuid not null references uploads);
alter table previews enable row level security;
alter table previews force row level security;
create policy p on previews to app using ({closed});

-- case: a child without the column
-- after: sound
-- told: tenant-owned-without-tenant-column
create table views (id uuid primary key, document_tenant uuid not null, document_id uuid not null, foreign key (document_tenant, document_id) references documents (tenant_id, id));

-- case: a nullable tenant
-- after: sound
-- told: tenant-column-nullable
alter table documents drop constraint documents_pkey;
alter table documents alter column tenant_id drop not null;

-- case: SELECT INTO
-- after: sound
-- told: copy-loses-row-security
select * into old_documents from documents;
grant select on old_documents to app;

-- case: all privileges
-- after: sound
-- told: truncate-granted
grant all on documents to app;

-- case: all privileges in the schema
-- after: sound
-- told: command-without-policy
-- told: truncate-granted
grant all on all tables in schema public to app;

-- case: everybody
-- after: sound
-- told: granted-to-everybody
grant select on documents to public;

-- case: triggers
-- after: sound
-- told: trigger-or-references-granted
grant trigger on documents to app;

-- case: a session's tenant
-- after: sound
-- told: session-level-tenant-setting
create function use_tenant(t uuid) returns void language plpgsql as $$ begin perform set_config('app.tenant_id', t::text, false); end $$;

-- case: no policy
-- after: sound
-- told: row-security-without-policy
@table notes
alter table notes enable row level security;
alter table notes force row level security;
grant select on notes to app;

-- case: a command without a policy
-- after: sound
-- told: command-without-policy
@table notes
alter table notes enable row level security;
alter table notes force row level security;
create policy p on notes for select to app using ({closed});
grant select, delete on notes to app;

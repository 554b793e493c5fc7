-- case: the sound schema
-- after: sound


-- case: administration
-- after: sound
create role fh_admin nologin;
create policy all_of_them on documents to fh_admin using (true);
grant all on documents to fh_admin;

-- case: a role for all tenants
-- after: sound
create role nightly nologin;
create policy nightly_reads on documents for select to nightly using (true);
grant select on documents to nightly;

-- case: open, and narrowed by a restrictive policy
-- after: sound
@table notes
alter table notes enable row level security;
alter table notes force row level security;
create policy everything on notes to app using (true) with check (true);
create policy only_own on notes as restrictive to app using ({closed});
grant select, insert on notes to app;

-- case: off and on again
-- after: sound
alter table documents disable row level security;
update documents set title = title || '';
alter table documents enable row level security;

-- case: a policy made anew
-- after: sound
drop policy documents_of_tenant on documents;
create policy p on documents to app using ({closed});

-- case: dropped with its table
-- after: sound
drop policy documents_of_tenant on documents;
drop table documents;

-- case: the setting behind a function
-- after: sound
create function app_tenant() returns uuid language sql stable as $$ select nullif(current_setting('app.tenant_id', true), '')::uuid $$;
@guarded notes tenant_id = (select app_tenant())

-- case: wants an error without a tenant
-- after: sound
@guarded notes tenant_id = (select current_setting('app.tenant_id')::uuid)

-- case: a text tenant
-- after: nothing
create table tenants (id text primary key);
create table a (tenant_id text not null references tenants, id int, primary key (tenant_id, id));
alter table a enable row level security;
alter table a force row level security;
create policy p on a using (tenant_id = (select current_setting('app.tenant', true)));

-- case: shared rows
-- after: sound
create table templates (tenant_id uuid references tenants, id uuid primary key);
alter table templates enable row level security;
alter table templates force row level security;
create policy p on templates to app using (tenant_id is null or {closed}) with check ({closed});
grant select, insert on templates to app;

-- case: a view for the caller
-- after: sound
create view titles with (security_invoker) as select title from documents;
grant select on titles to app;

-- case: a view with the tenant's condition
-- after: sound
create view titles as select title from documents where {closed};
grant select on titles to app;

-- case: a view for reports
-- after: sound
create role reporting nologin;
create view titles as select title from documents;
grant select on titles to reporting;

-- case: a trigger's function
-- after: sound
create function note() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$ begin insert into documents select * from documents; return new; end $$;

-- case: a temporary copy
-- after: sound
create temporary table old as select * from documents;

-- case: a copy that goes again
-- after: sound
create table old as select * from documents;
drop table old;

-- case: unique for the tenant
-- after: sound
create unique index on documents (tenant_id, lower(title));

-- case: a token
-- after: sound
alter table documents add column share_token text unique;

-- case: an index for a key
-- after: sound
create index on documents using gin (to_tsvector('simple', title));
create index on documents (title);

-- case: public reference data
-- after: sound
create table countries (id int primary key, name text not null unique);
alter table countries enable row level security;
alter table countries force row level security;
create policy all_read on countries for select using (true);
grant select on countries to app;

-- case: bank accounts
-- after: nothing
create table accounts (id int primary key, iban text not null unique);
create table bookings (id int primary key, account_id int not null references accounts);
create table customers (id int primary key, email text not null unique);
create table orders (id int primary key, customer_id int not null references customers, number text not null unique);

-- case: no row security at all
-- after: nothing
create table tenants (id int primary key);
create table users (id int primary key, tenant_id int not null references tenants, email text not null unique);
create table posts (id int primary key, tenant_id int not null references tenants, user_id int not null references users);

-- case: another role, and nothing forced
-- after: nothing
create role web nologin;
create table tenants (id int primary key);
create table a (tenant_id int not null references tenants, id int, primary key (tenant_id, id));
alter table a enable row level security;
create policy p on a to web using (tenant_id = (select nullif(current_setting('app.t', true), '')::int));
grant select, insert, update, delete on a to web;

-- case: names in quotes and mixed case
-- after: nothing
create table "Tenant" (id text primary key);
create table "Post" (id text primary key, "tenantId" text not null references "Tenant");
alter table "Post" enable row level security;
alter table "Post" force row level security;
create policy "Own posts" on "Post" using ("tenantId" = (select current_setting('app.tenant', true)));

-- case: another schema
-- after: nothing
create schema app;
create table app.tenants (id int primary key);
create table app.a (tenant_id int not null references app.tenants, id int, primary key (tenant_id, id));
alter table app.a enable row level security;
alter table app.a force row level security;
create policy p on app.a using (tenant_id = (select nullif(current_setting('app.t', true), '')::int));

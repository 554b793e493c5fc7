create role app nologin;
create table tenants (id uuid primary key, name text not null);
alter table tenants enable row level security;
alter table tenants force row level security;
create policy own on tenants for select to app
    using (id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));
grant select on tenants to app;
create table documents (
    tenant_id uuid not null references tenants, id uuid not null, title text not null, primary key (tenant_id, id));
alter table documents enable row level security;
alter table documents force row level security;
create policy documents_of_tenant on documents to app
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));
grant select, insert, update, delete on documents to app;
-- migration: 2_next

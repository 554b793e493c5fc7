-- case: members
-- after: members


-- case: public profiles
-- after: nothing
create table profiles (id uuid primary key, username text unique);
alter table profiles enable row level security;
create policy see on profiles for select using (true);
create policy change on profiles for update using ((select auth.uid()) = id);
create policy add on profiles for insert with check ((select auth.uid()) = id);

-- case: own todos
-- after: nothing
create table todos (id bigint primary key, user_id uuid not null, task text);
alter table todos enable row level security;
create policy own on todos to authenticated using ((select auth.uid()) = user_id);

-- case: closed but for the service
-- after: members
create table jobs (id uuid primary key, organization_id uuid not null references organizations);
alter table jobs enable row level security;
grant all on jobs to service_role;

-- case: the service's policies
-- after: members
create policy service_all on projects to service_role using (true) with check (true);

-- case: a table left out
-- after: members
-- told: row-security-off
create table invoices (id uuid primary key, organization_id uuid not null references organizations);

-- case: open to whoever is signed in
-- after: members
-- told: policy-admits-all-rows
create policy see_all on projects for select to authenticated using (true);

-- case: asked for every row
-- after: members
-- told: policy-computed-per-row
create policy change on projects for update to authenticated using (auth.uid() is not null and organization_id in (select organization_id from organization_members where user_id = auth.uid()));

-- case: a view of its owner
-- after: members
-- told: view-bypasses-row-security
create view names as select name from projects;
grant select on names to anon, authenticated;

-- case: a definer that asks
-- after: members
create function mine() returns setof projects language sql stable security definer set search_path = '' as $$ select p.* from public.projects p join public.organization_members m using (organization_id) where m.user_id = (select auth.uid()) $$;

-- case: a definer that does not
-- after: members
-- told: security-definer-bypasses-row-security
create function find(n text) returns setof projects language sql stable security definer set search_path = '' as $$ select * from public.projects where name = n $$;

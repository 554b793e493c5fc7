create table organizations (id uuid primary key, name text not null);
create table organization_members (
    organization_id uuid not null references organizations, user_id uuid not null, primary key (organization_id, user_id));
create table projects (id uuid primary key, organization_id uuid not null references organizations, name text not null);
alter table organizations enable row level security;
alter table organization_members enable row level security;
alter table projects enable row level security;
create policy see_own on organizations for select to authenticated
    using (id in (select organization_id from organization_members where user_id = (select auth.uid())));
create policy members_see_themselves on organization_members for select to authenticated
    using (user_id = (select auth.uid()));
create policy members_see_projects on projects for select to authenticated
    using (organization_id in (select organization_id from organization_members where user_id = (select auth.uid())));
grant all on organizations, organization_members, projects to anon, authenticated, service_role;
-- migration: 2_next

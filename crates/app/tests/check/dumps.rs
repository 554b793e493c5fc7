//! A whole schema as pg_dump writes it.

use freehold_app::report::VerdictWord;

use crate::project::{check, folder, lines, told};

const DUMP: &str = r"--
-- PostgreSQL database dump
--

\restrict fZ0mPq4BvXwq1JQe8w2rLJfAn0NnYx4N3yW6U2hV7fE5f0c1Y5d6k8

-- Dumped from database version 15.18
-- Dumped by pg_dump version 15.18

SET statement_timeout = 0;
SET lock_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET row_security = off;

CREATE TABLE public.plans (
    id bigint NOT NULL,
    name text
);

CREATE SEQUENCE public.plans_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.plans_id_seq OWNED BY public.plans.id;
ALTER TABLE ONLY public.plans ALTER COLUMN id SET DEFAULT nextval('public.plans_id_seq'::regclass);

COPY public.plans (id, name) FROM stdin;
1	small; not the end
2	\N
3	it's 'quoted'
\.

SELECT pg_catalog.setval('public.plans_id_seq', 3, true);

ALTER TABLE ONLY public.plans ADD CONSTRAINT plans_pkey PRIMARY KEY (id);

\unrestrict fZ0mPq4BvXwq1JQe8w2rLJfAn0NnYx4N3yW6U2hV7fE5f0c1Y5d6k8
";

#[tokio::test]
async fn a_schema_with_data_as_pg_dump_writes_it_is_rehearsed() {
    let project = folder(&[("schema.sql", DUMP.as_bytes())]);
    let report = check(project.path()).await.unwrap_or_else(|error| panic!("{}", told(&error)));
    let errors: Vec<String> = lines(&report).into_iter().filter(|line| line.starts_with("error")).collect();
    assert_eq!(errors, [""; 0]);
    assert_eq!(report.claims[0].verdict, VerdictWord::Proven, "{:?}", report.claims);
    assert!(report.summary.statements > 10, "{:?}", report.summary);
}

#[tokio::test]
async fn a_row_that_does_not_fit_is_told_at_its_copy() {
    let broken = DUMP.replace("2\t\\N\n", "two\t\\N\n");
    assert_ne!(broken, DUMP);
    let project = folder(&[("schema.sql", broken.as_bytes())]);
    let found = match check(project.path()).await {
        Ok(report) => lines(&report).join("\n"),
        Err(error) => told(&error),
    };
    let line = DUMP.lines().position(|line| line.starts_with("COPY")).unwrap() + 1;
    assert!(found.contains(&format!("schema.sql:{line}")) && found.contains("two"), "{found}");
}

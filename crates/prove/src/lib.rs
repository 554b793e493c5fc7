//! Proofs by experiment on scratch databases: the rehearsal of migrations.

//! Reading the histories of other migration tools, and laying them beside folders.

#[cfg(test)]
mod any_history;
#[cfg(test)]
mod every_tool;
#[cfg(test)]
mod flyway;
#[cfg(test)]
mod golang_migrate;
#[cfg(test)]
mod lookups;
#[cfg(test)]
mod prisma;
#[cfg(test)]
mod real;
#[cfg(test)]
mod sqlx;
#[cfg(test)]
mod workbench;

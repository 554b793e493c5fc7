//! What scripts destroy, and what their authors allow.

#[cfg(test)]
mod allow;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod destructive;
#[cfg(test)]
mod script;

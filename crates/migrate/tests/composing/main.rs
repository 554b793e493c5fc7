//! Writing the next migration in every format, and what is refused.

#[cfg(test)]
mod at_once;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod given;
#[cfg(test)]
mod styles;
#[cfg(test)]
mod trouble;

//! Reading folders of every format, and what is refused.

#[cfg(test)]
mod any_folder;
#[cfg(test)]
mod detection;
#[cfg(test)]
mod embedded;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod flyway;
#[cfg(test)]
mod folders;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod golang_migrate;
#[cfg(test)]
mod scripts;
#[cfg(test)]
mod sections;

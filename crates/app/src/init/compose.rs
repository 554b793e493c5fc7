//! The version of PostgreSQL that a project's containers run, read from the names of images.

use std::{fs, path::Path};

use freehold_model::version::{NEWEST_MAJOR, OLDEST_MAJOR};

/// An image of PostgreSQL that some file of the project names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerImage {
    /// The major version in its tag.
    pub major: u32,
    /// The file, relative to the project.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

const FILES: &[&str] = &[
    "docker-compose.yml",
    "docker-compose.yaml",
    "compose.yml",
    "compose.yaml",
    ".github/workflows/ci.yml",
    ".github/workflows/test.yml",
    ".gitlab-ci.yml",
];

/// Names of images, with what stands between the name and the major version.
const IMAGES: &[&str] =
    &["postgres:", "postgis/postgis:", "pgvector/pgvector:pg", "timescale/timescaledb:latest-pg"];

/// The first image of a supported version in the usual files.
pub(super) fn server_image(project: &Path) -> Option<ServerImage> {
    FILES.iter().find_map(|file| {
        let text = fs::read_to_string(project.join(file)).ok()?;
        in_text(&text).map(|(major, line)| ServerImage { major, file: (*file).to_owned(), line })
    })
}

fn in_text(text: &str) -> Option<(u32, usize)> {
    text.lines().enumerate().find_map(|(number, line)| {
        let code = line.split('#').next().unwrap_or_default();
        IMAGES.iter().find_map(|image| {
            let tag = code.split(image).nth(1)?;
            let digits: String = tag.chars().take_while(char::is_ascii_digit).collect();
            let major: u32 = digits.parse().ok()?;
            (OLDEST_MAJOR..=NEWEST_MAJOR).contains(&major).then_some((major, number + 1))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_tag_of_an_image() {
        assert_eq!(in_text("a:\n  image: postgres:16.2-alpine\n"), Some((16, 2)));
        assert_eq!(in_text("image: \"pgvector/pgvector:pg17\""), Some((17, 1)));
        assert_eq!(in_text("image: postgis/postgis:15-3.4"), Some((15, 1)));
        assert_eq!(in_text("# image: postgres:16\nimage: postgres:latest\nimage: postgres:9.6"), None);
        assert_eq!(in_text("image: redis:16"), None);
    }
}

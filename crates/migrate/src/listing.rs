//! What stands in a folder: walked once, in the same order on every file system, and read on demand.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use walkdir::WalkDir;

use crate::error::ReadError;
use crate::folder::ReadOptions;
use crate::script::SourceFile;

/// How deep folders are walked; Flyway's are nested, the others' are not.
const MAX_DEPTH: usize = 12;

/// How much of a file is looked at to find marks in it.
const HEAD_BYTES: u64 = 64 * 1024;

/// A folder, listed.
#[derive(Debug)]
pub struct Listing {
    root: PathBuf,
    is_file: bool,
    entries: Vec<Entry>,
    by_place: HashMap<String, usize>,
    by_parent: HashMap<String, Vec<usize>>,
    options: ReadOptions,
    embedded: Option<HashMap<PathBuf, &'static [u8]>>,
    heads: Mutex<BTreeMap<PathBuf, Arc<str>>>,
}

/// A file or folder in a [`Listing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The folder as given joined with the place in it.
    pub path: PathBuf,
    /// The place in the folder, with `/` between parts; bytes that are no UTF-8 are replaced.
    pub relative: String,
    /// The last part.
    pub name: String,
    /// What it is, symbolic links followed.
    pub kind: EntryKind,
}

/// What an entry is, after symbolic links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// Something else: a pipe, a socket, a device.
    Special,
    /// It could not be looked at: a symbolic link to nothing, or one that leads back to a folder above.
    Broken,
}

impl Entry {
    /// The folder that the entry stands in, relative to the listing: empty for the top.
    pub fn parent(&self) -> &str {
        self.relative.rsplit_once('/').map_or("", |(parent, _)| parent)
    }

    /// True when it stands in the folder itself, not in one below.
    pub fn is_top(&self) -> bool {
        !self.relative.contains('/')
    }

    /// True for a regular file.
    pub fn is_file(&self) -> bool {
        self.kind == EntryKind::File
    }

    /// True for a folder.
    pub fn is_dir(&self) -> bool {
        self.kind == EntryKind::Dir
    }

    /// True when the name ends in `.sql`, in any case.
    pub fn is_sql(&self) -> bool {
        self.name.get(self.name.len().saturating_sub(4)..).is_some_and(|end| end.eq_ignore_ascii_case(".sql"))
    }
}

impl Listing {
    /// Lists a folder with those below it, or one file. Symbolic links are followed; one that leads back is left out.
    pub fn of(root: &Path, options: &ReadOptions) -> Result<Self, ReadError> {
        let metadata = match std::fs::metadata(root) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(ReadError::DirMissing { dir: root.to_owned() });
            }
            Err(source) => return Err(ReadError::DirUnreadable { dir: root.to_owned(), source }),
        };
        let entries = if metadata.is_dir() { walk(root)? } else { vec![lone_file(root)] };
        let mut listing = Self::with(root, entries, options);
        listing.is_file = !metadata.is_dir();
        Ok(listing)
    }

    /// Lists files that are part of a program: places in the folder, with `/` between parts, and contents. Nothing is
    /// looked for on the disk; `root` stands in messages alone.
    pub fn embedded(root: &Path, files: &[(&'static str, &'static [u8])], options: &ReadOptions) -> Self {
        let mut kinds: BTreeMap<Vec<&str>, EntryKind> = BTreeMap::new();
        for (place, _) in files {
            let parts: Vec<&str> = place.split('/').collect();
            for depth in 1..parts.len() {
                kinds.insert(parts.iter().take(depth).copied().collect(), EntryKind::Dir);
            }
            if !parts.iter().any(|part| is_left_out(part)) {
                kinds.insert(parts, EntryKind::File);
            }
        }
        // Each folder before what is in it, names in byte order: the order of the parts.
        let entries = kinds.iter().map(|(parts, kind)| {
            let place: PathBuf = parts.iter().collect();
            entry_of(root, &root.join(place), *kind)
        });
        let mut listing = Self::with(root, entries.collect(), options);
        let contents =
            files.iter().map(|(place, content)| (root.join(place.split('/').collect::<PathBuf>()), *content));
        listing.embedded = Some(contents.collect());
        listing
    }

    fn with(root: &Path, entries: Vec<Entry>, options: &ReadOptions) -> Self {
        let mut by_parent: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_place = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            by_parent.entry(entry.parent().to_owned()).or_default().push(index);
            by_place.insert(entry.relative.clone(), index);
        }
        Self {
            root: root.to_owned(),
            is_file: false,
            entries,
            by_place,
            by_parent,
            options: options.clone(),
            embedded: None,
            heads: Mutex::default(),
        }
    }

    /// True when the files are part of a program, so that nothing around them can be looked at.
    pub fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    /// The folder, or the one file.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// True when the listing is of one file.
    pub fn is_one_file(&self) -> bool {
        self.is_file
    }

    /// Everything below the folder, each folder before what is in it, names in byte order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What stands directly in a folder of the listing (`""` is the top).
    pub fn inside(&self, parent: &str) -> impl Iterator<Item = &Entry> {
        let places = self.by_parent.get(parent).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|index| self.entries.get(*index))
    }

    /// A file by its place.
    pub fn file(&self, relative: &str) -> Option<&Entry> {
        self.get(relative).filter(|entry| entry.is_file())
    }

    /// An entry by its place.
    pub fn get(&self, relative: &str) -> Option<&Entry> {
        self.by_place.get(relative).and_then(|index| self.entries.get(*index))
    }

    /// Reads a file of SQL. Errors: unreadable, too large, binary, not UTF-8.
    pub fn source(&self, entry: &Entry) -> Result<Arc<SourceFile>, ReadError> {
        let path = entry.path.clone();
        let unreadable = |source| ReadError::Unreadable { path: path.clone(), source };
        if entry.kind == EntryKind::Special {
            return Err(unreadable(std::io::Error::other("it is not a regular file")));
        }
        if let Some(text) = self.options.instead.get(&path) {
            return Ok(Arc::new(SourceFile::new(path, text.clone())));
        }
        let limit = self.options.max_file_bytes;
        if let Some(embedded) = &self.embedded {
            let content =
                embedded.get(&path).ok_or_else(|| unreadable(std::io::ErrorKind::NotFound.into()))?;
            return text_of(path, content.to_vec()).map(Arc::new);
        }
        let file = File::open(&path).map_err(unreadable)?;
        let bytes = file.metadata().map_err(unreadable)?.len();
        if bytes > limit {
            return Err(ReadError::TooLarge { path, bytes, limit });
        }
        let mut content = Vec::with_capacity(usize::try_from(bytes).unwrap_or(0));
        file.take(limit + 1).read_to_end(&mut content).map_err(unreadable)?;
        if content.len() as u64 > limit {
            return Err(ReadError::TooLarge { path, bytes: content.len() as u64, limit });
        }
        text_of(path, content).map(Arc::new)
    }

    /// The first part of a file as text, for looking at marks; empty when it cannot be read. Bytes that are no UTF-8
    /// are replaced, so this is nothing to run.
    pub fn head(&self, entry: &Entry) -> Arc<str> {
        let Ok(mut heads) = self.heads.lock() else { return Arc::from("") };
        if let Some(head) = heads.get(&entry.path) {
            return Arc::clone(head);
        }
        if let Some(text) = self.options.instead.get(&entry.path) {
            return Arc::from(text.as_str());
        }
        let mut bytes = Vec::new();
        if let Some(embedded) = &self.embedded {
            let head = embedded.get(&entry.path).copied().unwrap_or_default();
            bytes.extend(head.iter().take(usize::try_from(HEAD_BYTES).unwrap_or(usize::MAX)));
        } else if entry.is_file()
            && let Ok(file) = File::open(&entry.path)
        {
            // A part that was read before an error is as good for marks as a whole head.
            let _ = file.take(HEAD_BYTES).read_to_end(&mut bytes);
        }
        let head: Arc<str> = Arc::from(String::from_utf8_lossy(&bytes).as_ref());
        heads.insert(entry.path.clone(), Arc::clone(&head));
        head
    }

    /// What is there, in a few lines: how many files of which ending, with examples.
    pub fn summary(&self) -> Vec<String> {
        let mut by_ending: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| !entry.is_dir()) {
            let ending =
                Path::new(&entry.name).extension().map(|ending| format!(".{}", ending.to_string_lossy()));
            by_ending
                .entry(ending.unwrap_or_else(|| "no ending".to_owned()))
                .or_default()
                .push(&entry.relative);
        }
        let mut lines: Vec<String> = by_ending
            .iter()
            .map(|(ending, files)| {
                let examples = files.iter().take(3).copied().collect::<Vec<_>>().join(", ");
                let more = if files.len() > 3 { ", …" } else { "" };
                format!("{} × {ending}: {examples}{more}", files.len())
            })
            .collect();
        let empty: Vec<_> = self
            .entries
            .iter()
            .filter(|entry| entry.is_dir() && self.inside(&entry.relative).next().is_none())
            .map(|entry| entry.relative.as_str())
            .take(3)
            .collect();
        if !empty.is_empty() {
            lines.push(format!("empty folders: {}", empty.join(", ")));
        }
        lines
    }
}

fn walk(root: &Path) -> Result<Vec<Entry>, ReadError> {
    let mut entries = Vec::new();
    let walker = WalkDir::new(root).follow_links(true).max_depth(MAX_DEPTH).min_depth(1).sort_by_file_name();
    for step in walker
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_left_out(&entry.file_name().to_string_lossy()))
    {
        match step {
            Ok(entry) => {
                let kind = match entry.file_type() {
                    kind if kind.is_file() => EntryKind::File,
                    kind if kind.is_dir() => EntryKind::Dir,
                    _ => EntryKind::Special,
                };
                entries.push(entry_of(root, entry.path(), kind));
            }
            Err(error) => match error.path().map(Path::to_owned) {
                // The folder itself cannot be listed.
                Some(path) if path == root => {
                    return Err(ReadError::DirUnreadable { dir: path, source: error.into() });
                }
                Some(path)
                    if std::fs::metadata(&path).is_ok_and(|m| m.is_dir())
                        && error.loop_ancestor().is_none() =>
                {
                    return Err(ReadError::DirUnreadable { dir: path, source: error.into() });
                }
                Some(path) => entries.push(entry_of(root, &path, EntryKind::Broken)),
                None => return Err(ReadError::DirUnreadable { dir: root.to_owned(), source: error.into() }),
            },
        }
    }
    Ok(entries)
}

/// Folders and files that no tool takes for migrations: hidden ones and dependencies.
fn is_left_out(name: &str) -> bool {
    name.starts_with('.') || name == "node_modules"
}

fn entry_of(root: &Path, path: &Path, kind: EntryKind) -> Entry {
    let parts: Vec<_> = path
        .strip_prefix(root)
        .unwrap_or(path)
        .components()
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let name = parts.last().cloned().unwrap_or_default();
    Entry { path: path.to_owned(), relative: parts.join("/"), name, kind }
}

fn lone_file(path: &Path) -> Entry {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let kind = if path.is_file() { EntryKind::File } else { EntryKind::Special };
    Entry { path: path.to_owned(), relative: name.clone(), name, kind }
}

fn text_of(path: PathBuf, content: Vec<u8>) -> Result<SourceFile, ReadError> {
    let utf16 = content.starts_with(&[0xff, 0xfe]) || content.starts_with(&[0xfe, 0xff]);
    let line_of = |content: &[u8], offset: usize| {
        content.iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
    };
    if !utf16 && let Some(offset) = content.iter().position(|byte| *byte == 0) {
        return Err(ReadError::Binary { path, offset, line: line_of(&content, offset) });
    }
    match String::from_utf8(content) {
        Ok(text) => Ok(SourceFile::new(path, text)),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let line = line_of(error.as_bytes(), offset);
            Err(ReadError::NotUtf8 { path, offset, line, utf16 })
        }
    }
}

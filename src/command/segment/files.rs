//! Rule files on the disk: finding, reading and replacing them.
//!
//! What can't be read is named on standard error with what to do, and the others are gone on with. A file is replaced
//! as a whole or not at all: the new text is written beside it first.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use musubi::app::unreadable;

/// The folder whose catalogue holds: the first one around the paths that has a catalogue, else `segments`.
pub fn folder<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> PathBuf {
    let mut folders = paths.into_iter().flat_map(|path| path.ancestors());
    let found = folders.find(|folder| folder.join("attributes.toml").is_file());
    found.map_or_else(|| PathBuf::from("segments"), Path::to_owned)
}

/// All `.seg` files under the paths with their texts, in the order of their names, and how many can't be read; those
/// are named, and the others are gone on with.
pub fn read_all(paths: &[PathBuf]) -> (Vec<(String, String)>, usize) {
    let (mut files, mut unread) = (Vec::new(), 0);
    for path in paths {
        unread += collect(path, &mut files);
    }
    files.sort();
    files.dedup();
    let named = |file: &PathBuf| Some((file.display().to_string(), read(file)?));
    let sources: Vec<_> = files.iter().filter_map(named).collect();
    unread += files.len() - sources.len();
    (sources, unread)
}

/// A path as the rules of a folder name each other by it.
pub fn inside(folder: &Path, path: &Path) -> String {
    path.strip_prefix(folder).unwrap_or(path).display().to_string()
}

/// The shared conditions of a folder, by their paths in it.
pub fn shared(folder: &Path) -> Vec<(String, String)> {
    let inner = folder.join("共通");
    if !inner.is_dir() {
        return Vec::new();
    }
    let (sources, _) = read_all(&[inner]);
    sources.into_iter().map(|(path, text)| (inside(folder, Path::new(&path)), text)).collect()
}

/// The text of a file; or the file is named with what to do.
pub fn read(path: &Path) -> Option<String> {
    let read = fs::read_to_string(path);
    read.inspect_err(|error| eprintln!("{}: {}。", path.display(), unreadable(error))).ok()
}

/// How many folders can't be read.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> usize {
    if !path.is_dir() {
        files.push(path.to_owned());
        return 0;
    }
    let Ok(entries) = fs::read_dir(path) else {
        eprintln!("{}: フォルダーを読めません。", path.display());
        return 1;
    };
    let inner = entries.flatten().map(|entry| entry.path());
    let wanted = inner.filter(|path| path.is_dir() || path.extension().is_some_and(|end| end == "seg"));
    wanted.map(|path| collect(&path, files)).sum()
}

/// Puts a new text in the place of a file: beside it first, so that a full disk or a lost current leaves the old one.
/// A link stays a link, and the file keeps its permissions.
///
/// # Errors
/// Where the folder or the file can't be written to; the old text is still there.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let real = fs::canonicalize(path)?;
    // Renaming would pass over a file that is protected against writing.
    File::options().append(true).open(&real)?;
    let name = real.file_name().unwrap_or_default().to_string_lossy();
    let beside = real.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = write_new(&beside, text, &real).and_then(|()| fs::rename(&beside, &real));
    if written.is_err() {
        // Whatever is left of it helps nobody; the first error is the one to tell.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write_new(path: &Path, text: &str, like: &Path) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    file.set_permissions(fs::metadata(like)?.permissions())?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Why a file can't be written, in Japanese.
pub fn unwritable(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "書き込む権限がありません",
        io::ErrorKind::StorageFull => "ディスクに空きがありません",
        _ => "書き込めません",
    }
}

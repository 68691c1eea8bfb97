//! The rules that can be sent with: the files of the folder, overlaid by what staff saved at the console.
//!
//! Whoever needs them asks [`Rules::current`], which looks at one counter and reads the saved rules again only when it
//! has risen (in this process or another) or the day has changed, for a rule is checked as of a day. Nothing that was
//! handed out changes: an answer is one consistent library.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::civil::Date;

use super::{SetupError, unreadable, wrong};
use crate::db::{self, Db, Tx};
use crate::domain::attribute::Catalogue;
use crate::domain::segment::library::Library;
use crate::store::{rules, series};

/// The rules of a process; cheap to clone.
#[derive(Clone)]
pub struct Rules {
    files: Arc<BTreeMap<String, String>>,
    catalogue: Arc<Catalogue>,
    known: Arc<RwLock<Option<Known>>>,
}

struct Known {
    change: i64,
    day: Date,
    library: Arc<Library>,
}

impl Rules {
    /// The rules of a folder, before anything saved was looked at.
    ///
    /// # Errors
    /// [`SetupError::Catalogue`] where a file or a folder can't be read.
    pub fn of_folder(folder: &Path, catalogue: Arc<Catalogue>) -> Result<Self, SetupError> {
        let files = load_sources(folder)?.into_iter();
        let files = files.map(|(name, text)| (name.trim_end_matches(".seg").to_owned(), text)).collect();
        Ok(Self { files: Arc::new(files), catalogue, known: Arc::default() })
    }

    /// The rules as they are now, checked as of `today` (a civil date in Asia/Tokyo).
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub async fn current(&self, db: &Db, today: Date) -> db::Result<Arc<Library>> {
        let mut tx = db.read().await?;
        let change = rules::last_change(&mut tx).await?;
        if let Some(library) = self.at(change, today) {
            return Ok(library);
        }
        let library = Arc::new(self.now(&mut tx, today).await?);
        let known = Known { change, day: today, library: Arc::clone(&library) };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(library)
    }

    /// What the rules would be if these texts were saved at their paths, as a transaction sees the others.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub async fn with(&self, tx: &mut Tx, texts: &[(&str, &str)], today: Date) -> db::Result<Library> {
        let mut sources = self.overlaid(tx).await?;
        sources.extend(texts.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
        Ok(Self::library(sources, &self.words(tx).await?, today))
    }

    /// What the rules are, as a transaction sees them.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub async fn now(&self, tx: &mut Tx, today: Date) -> db::Result<Library> {
        let sources = self.overlaid(tx).await?;
        Ok(Self::library(sources, &self.words(tx).await?, today))
    }

    /// The catalogue with the series that staff added: what a rule is judged by.
    ///
    /// # Errors
    /// As [`db::Error`] says.
    pub async fn words(&self, tx: &mut Tx) -> db::Result<Catalogue> {
        let added = series::added(tx).await?;
        Ok(self.catalogue.with_series(added.into_iter().map(|one| one.name)))
    }

    /// The attributes that the rules speak of.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The text of the file at a path, whatever was saved over it.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    fn at(&self, change: i64, day: Date) -> Option<Arc<Library>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known
            .as_ref()
            .filter(|known| (known.change, known.day) == (change, day))
            .map(|known| Arc::clone(&known.library))
    }

    /// An archived rule takes its file with it: it must not come back by itself.
    async fn overlaid(&self, tx: &mut Tx) -> db::Result<BTreeMap<String, String>> {
        let mut sources = (*self.files).clone();
        for saved in rules::list(tx).await? {
            sources.remove(&saved.path);
        }
        sources.extend(rules::texts(tx).await?);
        Ok(sources)
    }

    fn library(sources: BTreeMap<String, String>, catalogue: &Catalogue, today: Date) -> Library {
        let named = sources.into_iter().map(|(path, text)| (format!("{path}.seg"), text)).collect();
        Library::from_sources(named, catalogue, today)
    }
}

/// The rule files of a folder and of the folders in it with their texts, in the order of their names.
pub(super) fn load_sources(folder: &Path) -> Result<Vec<(String, String)>, SetupError> {
    let (mut sources, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(&inner).map_err(|_| wrong(&inner, "読めません"))? {
            let path = entry.map_err(|_| wrong(&inner, "読めません"))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "seg") {
                let text =
                    std::fs::read_to_string(&path).map_err(|error| wrong(&path, unreadable(&error)))?;
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
                sources.push((name, text));
            }
        }
    }
    sources.sort();
    Ok(sources)
}

//! Saving rules: each save is a new version with who, when and why; nothing is ever overwritten.
//!
//! A save names the version that its writer saw; where another one holds by now it is refused, so that nobody's work is
//! lost unseen. What has an error is never saved, for what is saved can be sent with. Each deed is one transaction with
//! its entry in the audit log, which holds paths, numbers and hashes, never a text.

use serde_json::json;

use crate::app::{Base, Rules};
use crate::db::{self, Tx};
use crate::domain::attribute::Catalogue;
use crate::domain::segment::library::Library;
use crate::domain::segment::text::{parse, print};
use crate::domain::segment::{Diagnostic, RulePath};
use crate::domain::staff::{Right, StaffMember};
use crate::store::audit;
use crate::store::rules::{self, Current, NewVersion};

/// A reason may be so long.
const REASON: std::ops::RangeInclusive<usize> = 1..=200;

/// Why a deed was not done: a person can mend it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// The role doesn't grant it.
    #[error("条件を変える権限がありません。")]
    NotAllowed,
    /// No reason, or one that is too long.
    #[error("変更の理由を200文字以内で入力してください。")]
    NoReason,
    /// Another version holds than the one that was seen.
    #[error("ほかの職員がこの条件を変更しました(今は版{0})。違いを確かめてから、もう一度保存してください。")]
    Changed(i64),
    /// Nobody ever saved a rule here, and somebody else's file or rule is there now.
    #[error("このファイル名の条件は、すでにあります。別の名前にするか、その条件を開いて直してください。")]
    Taken,
    /// There is no such rule or version.
    #[error("この条件、またはこの版は見つかりません。")]
    NotFound,
    /// It has errors.
    #[error("条件に誤りがあります。直してから保存してください。")]
    Faulty(Vec<Diagnostic>),
    /// Other rules could no longer be used.
    #[error("こうすると、この条件を使っているほかの条件が使えなくなります: {}", .0.join("、"))]
    Breaks(Vec<String>),
    /// It is what is there already.
    #[error("今の版と同じ内容です。")]
    Same,
}

/// Why a deed was not done.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// A person can mend it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database.
    #[error("データベースの操作に失敗しました: {0}")]
    Db(#[from] db::Error),
}

type Result<T> = std::result::Result<T, RuleError>;

/// Where a version came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Written at the console.
    Console,
    /// Read from a file by somebody.
    Import,
    /// The text of the file that was there before the first save.
    File,
}

impl Origin {
    /// Its stored word.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Import => "import",
            Self::File => "file",
        }
    }
}

/// What is to be saved.
#[derive(Clone, Debug)]
pub struct Saving<'a> {
    /// Where.
    pub path: &'a RulePath,
    /// The rule.
    pub text: &'a str,
    /// Why.
    pub why: &'a str,
    /// The version that the writer saw; 0 for a file that nobody saved over, and for a rule that is new.
    pub seen: i64,
    /// Whether the writer means a rule that isn't there yet.
    pub is_new: bool,
    /// Where it came from.
    pub origin: Origin,
}

/// Whose deed it is: a member of staff, or `None` for the person at the machine.
pub type Whose<'a> = Option<&'a StaffMember>;

/// Saves a new version; answers its number.
///
/// # Errors
/// Refused without the right to draft, without a reason, over a version that wasn't seen, with an error in it, and
/// where another rule would be broken by it.
pub async fn save(base: &Base, rules: &Rules, whose: Whose<'_>, saving: Saving<'_>) -> Result<i64> {
    demand(whose)?;
    let why = reason(saving.why)?;
    let mut tx = base.db.write().await?;
    let current = current(&mut tx, saving.path, saving.seen).await?;
    if saving.is_new && is_there(rules, saving.path, current.as_ref()) {
        return Err(Refusal::Taken.into());
    }
    let text = canonical(rules, saving.text)?;
    if is_same(rules, &mut tx, saving.path, current.as_ref(), &text).await? {
        return Err(Refusal::Same.into());
    }
    let version = add(base, rules, &mut tx, whose, &Saving { text: &text, why, ..saving }).await?;
    tx.commit().await?;
    Ok(version)
}

/// Takes a rule out of use; its versions stay. Broadcasts hold their own copy of the rule and are not touched.
///
/// # Errors
/// As [`save`].
pub async fn archive(
    base: &Base,
    rules: &Rules,
    whose: Whose<'_>,
    (path, seen): (&RulePath, i64),
    why: &str,
) -> Result<()> {
    demand(whose)?;
    let why = reason(why)?;
    let mut tx = base.db.write().await?;
    let version = match current(&mut tx, path, seen).await? {
        Some(current) => current.version,
        None => keep_file(base, rules, &mut tx, path).await?.ok_or(Refusal::NotFound)?,
    };
    let before = rules.now(&mut tx, base.clock.today()).await?;
    if !rules::archive(&mut tx, path.as_str(), version, base.clock.now()).await? {
        return Err(Refusal::NotFound.into());
    }
    unbroken(&before, &rules.now(&mut tx, base.clock.today()).await?)?;
    let detail = json!({ "version": version, "why": why });
    record(base, &mut tx, (whose, "rule.archive"), path, detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Makes an old version the newest again, as a new version; answers its number.
///
/// # Errors
/// As [`save`]; an old version may have errors today.
pub async fn restore(
    base: &Base,
    rules: &Rules,
    whose: Whose<'_>,
    (path, version, seen): (&RulePath, i64, i64),
    why: &str,
) -> Result<i64> {
    demand(whose)?;
    let why = reason(why)?;
    let mut tx = base.db.write().await?;
    let current = current(&mut tx, path, seen).await?;
    let old = rules::find_version(&mut tx, path.as_str(), version).await?.ok_or(Refusal::NotFound)?;
    if current.is_some_and(|current| current.version == version && current.archived_at.is_none()) {
        return Err(Refusal::Same.into());
    }
    let text = canonical(rules, &old.text)?;
    let saving = Saving { path, text: &text, why, seen, is_new: false, origin: Origin::Console };
    let restored = add(base, rules, &mut tx, whose, &saving).await?;
    tx.commit().await?;
    Ok(restored)
}

/// What reading in a file would do, or did.
#[derive(Clone, Debug)]
pub enum Imported {
    /// A rule that wasn't there.
    New,
    /// Another text than the one that holds.
    Changed,
    /// The text that holds.
    Same,
    /// It has errors.
    Faulty(Vec<Diagnostic>),
}

/// Looks at rules in files and, with `apply`, saves them all or none, in one transaction; answers what became of each.
///
/// # Errors
/// Refused without the right to draft, without a reason and where other rules would be broken by them.
pub async fn import(
    base: &Base,
    rules: &Rules,
    whose: Whose<'_>,
    files: &[(RulePath, String)],
    (why, apply): (&str, bool),
) -> Result<Vec<Imported>> {
    demand(whose)?;
    let (why, today) = (reason(why)?, base.clock.today());
    let mut tx = base.db.write().await?;
    let canonical = |text: &String| canonical(rules, text).unwrap_or_else(|_| text.clone());
    let texts: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), canonical(text))).collect();
    let texts: Vec<_> = texts.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let (before, after) = (rules.now(&mut tx, today).await?, rules.with(&mut tx, &texts, today).await?);
    let mut outcomes = Vec::with_capacity(files.len());
    for ((path, _), (_, text)) in files.iter().zip(&texts) {
        outcomes.push(outcome(rules, &mut tx, path, text, &after).await?);
    }
    let is_wrong = outcomes.iter().any(|outcome| matches!(outcome, Imported::Faulty(_)));
    if !apply || is_wrong {
        return Ok(outcomes);
    }
    for (((path, _), (_, text)), outcome) in files.iter().zip(&texts).zip(&outcomes) {
        if matches!(outcome, Imported::New | Imported::Changed) {
            let hash = fitting(rules.catalogue(), &before, &after, path.as_str())?;
            let saving = Saving { path, text, why, seen: 0, is_new: false, origin: Origin::Import };
            insert(base, rules, &mut tx, whose, (&saving, &hash)).await?;
        }
    }
    tx.commit().await?;
    Ok(outcomes)
}

async fn outcome(
    rules: &Rules,
    tx: &mut Tx,
    path: &RulePath,
    text: &str,
    after: &Library,
) -> Result<Imported> {
    if let Some(report) = after.files().iter().find(|file| file.path == path.as_str() && file.has_errors()) {
        return Ok(Imported::Faulty(report.diagnostics.clone()));
    }
    let current = rules::find(tx, path.as_str()).await?;
    if is_same(rules, tx, path, current.as_ref(), text).await? {
        return Ok(Imported::Same);
    }
    Ok(if is_there(rules, path, current.as_ref()) { Imported::Changed } else { Imported::New })
}

fn demand(whose: Whose<'_>) -> std::result::Result<(), Refusal> {
    if whose.is_none_or(|staff| staff.may(Right::Draft)) { Ok(()) } else { Err(Refusal::NotAllowed) }
}

fn reason(why: &str) -> std::result::Result<&str, Refusal> {
    let why = why.trim();
    if REASON.contains(&why.chars().count()) { Ok(why) } else { Err(Refusal::NoReason) }
}

/// The version that holds, if it is the one that was seen.
async fn current(tx: &mut Tx, path: &RulePath, seen: i64) -> Result<Option<Current>> {
    let current = rules::find(tx, path.as_str()).await?;
    match current.as_ref().map_or(0, |current| current.version) {
        version if version == seen => Ok(current),
        version => Err(Refusal::Changed(version).into()),
    }
}

fn is_there(rules: &Rules, path: &RulePath, current: Option<&Current>) -> bool {
    match current {
        Some(current) => current.archived_at.is_none(),
        None => rules.file(path.as_str()).is_some(),
    }
}

fn canonical(rules: &Rules, text: &str) -> std::result::Result<String, Refusal> {
    let segment = parse(text, rules.catalogue()).map_err(Refusal::Faulty)?;
    Ok(print(&segment, rules.catalogue()))
}

async fn is_same(
    rules: &Rules,
    tx: &mut Tx,
    path: &RulePath,
    current: Option<&Current>,
    text: &str,
) -> Result<bool> {
    let Some(current) = current else { return Ok(rules.file(path.as_str()) == Some(text)) };
    let stored = rules::find_version(tx, path.as_str(), current.version).await?;
    Ok(current.archived_at.is_none() && stored.is_some_and(|stored| stored.text == text))
}

/// Adds a version of a canonical text, after what it would do to all rules was looked at.
async fn add(base: &Base, rules: &Rules, tx: &mut Tx, whose: Whose<'_>, saving: &Saving<'_>) -> Result<i64> {
    let (path, text) = (saving.path.as_str(), saving.text);
    let library = rules.with(tx, &[(path, text)], base.clock.today()).await?;
    let before = rules.now(tx, base.clock.today()).await?;
    let hash = fitting(rules.catalogue(), &before, &library, path)?;
    insert(base, rules, tx, whose, (saving, &hash)).await
}

/// Adds a version that was looked at.
async fn insert(
    base: &Base,
    rules: &Rules,
    tx: &mut Tx,
    whose: Whose<'_>,
    (saving, hash): (&Saving<'_>, &str),
) -> Result<i64> {
    let (path, text) = (saving.path.as_str(), saving.text);
    let before = match rules::find(tx, path).await? {
        Some(current) => current.version,
        None => keep_file(base, rules, tx, saving.path).await?.unwrap_or(0),
    };
    let new = NewVersion {
        path,
        version: before + 1,
        text,
        hash,
        origin: saving.origin.id(),
        why: saving.why,
        staff: whose.map(|staff| staff.id),
        at: base.clock.now(),
    };
    rules::insert(tx, &new).await?;
    let detail = json!({ "version": new.version, "hash": hash, "origin": new.origin, "why": new.why });
    record(base, tx, (whose, "rule.save"), saving.path, detail).await?;
    Ok(new.version)
}

/// The rule's hash, if it can be used and no other rule is worse off.
fn fitting(
    catalogue: &Catalogue,
    before: &Library,
    after: &Library,
    path: &str,
) -> std::result::Result<String, Refusal> {
    let report = after.files().iter().find(|file| file.path == path).ok_or(Refusal::NotFound)?;
    if report.has_errors() {
        return Err(Refusal::Faulty(report.diagnostics.clone()));
    }
    unbroken(before, after)?;
    Ok(parse(&report.text, catalogue).map(|one| one.hash()).unwrap_or_default())
}

/// No rule that could be used may be one that can't: a shared condition carries others.
fn unbroken(before: &Library, after: &Library) -> std::result::Result<(), Refusal> {
    let was_fine = |path: &str| before.files().iter().any(|file| file.path == path && !file.has_errors());
    let broken = after.files().iter().filter(|file| file.has_errors() && was_fine(&file.path));
    let broken: Vec<_> = broken.map(|file| file.path.clone()).collect();
    if broken.is_empty() { Ok(()) } else { Err(Refusal::Breaks(broken)) }
}

/// The text of a file that nobody saved over yet becomes version 1, so that it can be compared and restored.
async fn keep_file(base: &Base, rules: &Rules, tx: &mut Tx, path: &RulePath) -> Result<Option<i64>> {
    let Some(text) = rules.file(path.as_str()) else { return Ok(None) };
    let hash = parse(text, rules.catalogue()).map(|segment| segment.hash()).unwrap_or_default();
    let new = NewVersion {
        path: path.as_str(),
        version: 1,
        text,
        hash: &hash,
        origin: Origin::File.id(),
        why: "コンソールで変える前のファイル",
        staff: None,
        at: base.clock.now(),
    };
    rules::insert(tx, &new).await?;
    Ok(Some(1))
}

async fn record(
    base: &Base,
    tx: &mut Tx,
    (whose, action): (Whose<'_>, &'static str),
    path: &RulePath,
    detail: serde_json::Value,
) -> db::Result<()> {
    let staff = whose.map(|staff| staff.id);
    audit::record(tx, base.entry(staff, action, ("rule", path.as_str()), detail)).await
}

//! What is known of the recipients of a broadcast for its texts: languages, the values of blanks, and who agreed that it
//! is noted when they open a link.
//!
//! Nothing is read that no text asks for. Whom the rule means, and which check-ups they may take, is asked of the
//! population in one moment, so that a value always belongs to the household it is told to. It changes nothing.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;

use super::Split;
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::attribute::{Catalogue, LanguageId, ValueId};
use crate::domain::broadcast::check_ups::Unusable;
use crate::domain::broadcast::link::LinkSeed;
use crate::domain::broadcast::{CheckUpRules, ReaderToken, Reading};
use crate::domain::ids::AccountId;
use crate::domain::message::{Blank, Body, Content, Personal};
use crate::domain::segment::rule::Unit;
use crate::domain::segment::text;
use crate::store::broadcasts::Broadcast;
use crate::store::{links, readers};

/// What is known of the recipients.
pub(super) struct Readers {
    catalogue: Arc<Catalogue>,
    languages: HashMap<AccountId, String>,
    personal: HashMap<AccountId, Personal>,
    /// Those who agreed, with the word that stands in their links.
    tokens: HashMap<AccountId, ReaderToken>,
}

/// Why the values can't be known; then nobody may be sent to.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadersError {
    /// The rule of the broadcast can't be read.
    #[error("the rule can't be read")]
    Unreadable,
    /// Rules that say who may take a check-up can't be used: the list would not be complete.
    #[error("rules of check-ups can't be used: {0:?}")]
    CheckUps(Vec<String>),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Readers {
    /// Reads what the texts of a split audience need.
    pub(super) async fn of(
        app: &App,
        broadcast: &Broadcast,
        split: &Split,
        as_of: Date,
    ) -> Result<Self, ReadersError> {
        let blanks = split.blanks();
        let catalogue = Arc::clone(&app.catalogue);
        let mut readers =
            Self { catalogue, languages: HashMap::new(), personal: HashMap::new(), tokens: HashMap::new() };
        if !blanks.is_empty() {
            readers.personal = split.sent().into_iter().map(|id| (id, Personal::default())).collect();
        }
        let meant = if blanks.contains(&Blank::CheckUps) || blanks.contains(&Blank::Family) {
            readers.ask_rules(app, broadcast, &blanks, as_of).await?
        } else {
            HashMap::new()
        };
        let mut tx = app.db.read().await?;
        let seed = if split.counts_taps() { links::seed(&mut tx, broadcast.id).await? } else { None };
        if split.has_variants() || blanks.contains(&Blank::District) || seed.is_some() {
            readers.read_accounts(&mut tx, seed.as_ref()).await?;
        }
        if blanks.contains(&Blank::Family) {
            readers.read_names(&mut tx, &meant).await?;
        }
        Ok(readers)
    }

    /// What a recipient reads of a content, whatever is missing in it.
    pub(super) fn reading(&self, of: &Reads<'_>, account: AccountId) -> Reading {
        let language = self.language(of.content, account);
        let blanks = of.blanks.get(&language);
        let personal = self.personal.get(&account).zip(blanks.filter(|blanks| !blanks.is_empty()));
        let fill = personal.map(|(personal, blanks)| personal.fill(&self.catalogue, &language, blanks));
        let token = self.tokens.get(&account).filter(|_| of.counted.contains(&language)).cloned();
        Reading { fill: fill.unwrap_or_default(), reader: token, language }
    }

    /// Whether all who read the same variant of a content read the same.
    pub(super) fn read_alike(&self, content: &Content) -> bool {
        content.personal_blanks().is_empty() && (self.tokens.is_empty() || !content.counts_taps())
    }

    /// The variant that a recipient reads of a content.
    pub(super) fn language(&self, content: &Content, account: AccountId) -> LanguageId {
        let japanese = || LanguageId::from("ja");
        if content.variants().count() == 1 {
            return japanese();
        }
        let order = self.catalogue.reading_order(self.languages.get(&account).map(String::as_str));
        content.for_reader(&order).map_or_else(japanese, |(language, _)| language.clone())
    }

    /// The places in the household of those who are meant; notes which check-ups they may take.
    async fn ask_rules(
        &mut self,
        app: &App,
        broadcast: &Broadcast,
        blanks: &BTreeSet<Blank>,
        as_of: Date,
    ) -> Result<HashMap<AccountId, Vec<usize>>, ReadersError> {
        let own = text::parse(&broadcast.rule_text, &app.catalogue).map_err(|_| ReadersError::Unreadable)?;
        if own.header.unit == Unit::Household {
            return Ok(HashMap::new());
        }
        let named = blanks.contains(&Blank::CheckUps);
        let frozen = if named { Some(check_ups(broadcast, &app.catalogue, as_of)?) } else { None };
        let check_ups = frozen.as_ref().map_or(&[][..], CheckUpRules::all);
        let personal = &mut self.personal;
        let found = app.population.ask(|known| {
            let rules = std::iter::once(&own).chain(check_ups.iter().map(|(_, rule)| rule));
            let scans: Vec<_> = rules.map(|rule| known.scan(rule, as_of, Some(&broadcast.topic))).collect();
            let meant = personal.iter_mut().map(|(account, personal)| {
                let mut matched = known.matched(&scans, *account).into_iter();
                let meant = matched.next().unwrap_or_default();
                let may = check_ups.iter().zip(matched);
                let may = may.filter(|(_, places)| meant.iter().any(|place| places.contains(place)));
                personal.check_ups = may.map(|((programme, _), _)| *programme).collect();
                (*account, meant)
            });
            meant.collect()
        });
        Ok(found.unwrap_or_default())
    }

    async fn read_accounts(&mut self, tx: &mut Tx, seed: Option<&LinkSeed>) -> db::Result<()> {
        let (languages, personal, tokens) = (&mut self.languages, &mut self.personal, &mut self.tokens);
        readers::each(tx, |account, reader| {
            let token = seed.filter(|_| reader.agrees_to_links).map(|seed| seed.token(account));
            tokens.extend(token.map(|token| (account, token)));
            languages.extend(reader.language.map(|language| (account, language)));
            if let Some(personal) = personal.get_mut(&account) {
                personal.district = reader.district.as_deref().map(ValueId::from);
            }
        })
        .await
    }

    /// The friend has no word of their own, and whoever has none leaves all without.
    async fn read_names(&mut self, tx: &mut Tx, meant: &HashMap<AccountId, Vec<usize>>) -> db::Result<()> {
        let mut households: HashMap<AccountId, Vec<Option<ValueId>>> = HashMap::new();
        readers::each_call_name(tx, |account, name| {
            if meant.contains_key(&account) {
                households.entry(account).or_default().push(name.as_deref().map(ValueId::from));
            }
        })
        .await?;
        for (account, names) in households {
            let places = meant.get(&account).map_or(&[][..], Vec::as_slice);
            let called: Option<Vec<_>> = places.iter().map(|at| names.get(*at).cloned().flatten()).collect();
            if let Some(personal) = self.personal.get_mut(&account) {
                personal.called = called.unwrap_or_default();
            }
        }
        Ok(())
    }
}

/// A content with what of each of its variants can be a reader's own.
pub(super) struct Reads<'a> {
    content: &'a Content,
    blanks: HashMap<LanguageId, BTreeSet<Blank>>,
    /// The variants with a link that is counted.
    counted: BTreeSet<LanguageId>,
}

impl<'a> Reads<'a> {
    pub(super) fn new(content: &'a Content) -> Self {
        let blanks = content.variants().map(|(language, body)| (language.clone(), body.blanks()));
        let has_links = |body: &Body| body.links().next().is_some();
        let counted = content.variants().filter(|(_, body)| content.counts_taps() && has_links(body));
        let counted = counted.map(|(language, _)| language.clone()).collect();
        Self { content, blanks: blanks.collect(), counted }
    }
}

/// As they were frozen with the broadcast; without them nothing can be said.
fn check_ups(
    broadcast: &Broadcast,
    catalogue: &Catalogue,
    as_of: Date,
) -> Result<CheckUpRules, ReadersError> {
    let stored = broadcast.check_up_rules.as_deref().ok_or(ReadersError::Unreadable)?;
    CheckUpRules::read(stored, catalogue, as_of).map_err(|Unusable(names)| ReadersError::CheckUps(names))
}

//! Every statement in the program is one that both engines understand.

use std::collections::BTreeMap;
use std::path::Path;

use musubi::db::{self, query};

use crate::support::database::TestDatabase;
use crate::support::source;

#[tokio::test]
async fn every_registered_statement_prepares() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    let mut refused = Vec::new();
    for statement in query::registered() {
        if let Err(error) = db::prepare(&db, (statement.text)()).await {
            refused.push(format!("{}:{}: {error}", statement.file, statement.line));
        }
    }
    assert!(refused.is_empty(), "{:?} refuses\n{}", db.engine(), refused.join("\n"));
}

#[tokio::test]
async fn a_statement_that_no_engine_understands_is_refused() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    for wrong in ["SELECT nothing FROM nowhere", "SELECT no_such_column FROM account", "SELEKT 1"] {
        assert!(db::prepare(&db, wrong.to_owned()).await.is_err(), "{wrong}");
    }
}

/// A statement whose object file the linker dropped would never be prepared; so the source is counted as well.
#[test]
fn every_statement_in_the_source_is_registered() {
    let mut registered = BTreeMap::<&str, usize>::new();
    for statement in query::registered() {
        *registered.entry(statement.file).or_default() += 1;
    }
    let mut missing = Vec::new();
    for file in source::files().into_iter().filter(|file| file.path != Path::new("src/db/query.rs")) {
        let written = file.code.matches("sql!(").count() + file.code.matches("bulk!(").count();
        let found = registered.get(file.path.to_str().unwrap()).copied().unwrap_or(0);
        if found < written {
            missing.push(format!("{}: {written} written, {found} registered", file.path.display()));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

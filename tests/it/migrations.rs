//! Migrations apply from nothing and onto data, and make the same tables on both engines.

use std::path::Path;

use musubi::db::{Engine, migrate};

use crate::support::catalogue;
use crate::support::database::TestDatabase;

fn sample(version: i64) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/migrations");
    std::fs::read_to_string(folder.join(format!("{version:04}.sql"))).ok()
}

#[tokio::test]
async fn each_migration_applies_onto_the_rows_of_the_one_before() {
    let database = TestDatabase::empty().await;
    for (version, name) in migrate::list(database.engine()) {
        let db = database.open().await;
        assert_eq!(migrate::run_to(&db, version).await.unwrap(), version, "{name}");
        db.close().await;
        let rows =
            sample(version).unwrap_or_else(|| panic!("tests/data/migrations/{version:04}.sql is missing"));
        catalogue::run(&database, &rows).await;
    }
    let from_nothing = TestDatabase::sqlite();
    let db = from_nothing.open().await;
    migrate::run(&db).await.unwrap();
    db.close().await;
    let (grown, fresh) = (catalogue::read(&database).await, catalogue::read(&from_nothing).await);
    assert!(10 < fresh.len());
    assert_eq!(grown, fresh);
}

#[tokio::test]
async fn applying_twice_changes_nothing_and_an_edited_migration_is_refused() {
    let database = TestDatabase::migrated().await;
    let db = database.open().await;
    let newest = migrate::run(&db).await.unwrap();
    assert_eq!(migrate::run(&db).await.unwrap(), newest);
    // The engine's own literal for bytes differs; a checksum of another length serves both.
    catalogue::run(&database, "UPDATE _sqlx_migrations SET checksum = '' WHERE version = 1").await;
    assert!(migrate::run(&db).await.is_err());
}

#[test]
fn versions_count_up_and_agree_between_the_engines() {
    let versions = migrate::list(Engine::Sqlite);
    assert_eq!(versions, migrate::list(Engine::Postgres));
    assert!(versions.windows(2).all(|pair| pair[0].0 < pair[1].0), "a number is taken twice: {versions:?}");
}

//! The real program dies at every named place, and at random, while LINE misbehaves and backups come back: on SQLite, and
//! on a server where the suite runs on one.

use std::process::{Command, Stdio};

use musubi::db::Db;
use musubi::db::throwaway::{PREFIX, Server};
use sqlx::{Connection, PgConnection};

/// Twice through every place where it can die, and more.
const ALL: [&str; 6] = ["--from", "0", "--runs", "200", "--at-once", "4"];
/// Successors wait there for seconds, so these are fewer: once through every place but those of the desks.
const ON_SERVER: [&str; 6] = ["--from", "8", "--runs", "24", "--at-once", "16"];

/// Plays some runs; answers the process that did it, and its figures.
fn play(runs: [&str; 6], server: Option<&str>) -> (u32, serde_json::Value) {
    let mut test = Command::new(env!("CARGO_BIN_EXE_musubi"));
    test.args(["selftest", "sending", "--seed", "1", "--json"])
        .args(runs)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("MUSUBI_SELFTEST_DATABASE_URL")
        .envs(server.map(|url| ("MUSUBI_SELFTEST_DATABASE_URL", url)));
    let test = test.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let process = test.id();
    let tried = test.wait_with_output().unwrap();
    let (said, faults) = (String::from_utf8_lossy(&tried.stdout), String::from_utf8_lossy(&tried.stderr));
    assert!(tried.status.success(), "{said}\n{faults}");
    (process, serde_json::from_str(&said).unwrap())
}

fn server() -> Option<String> {
    std::env::var("TEST_DATABASE_URL").ok().filter(|url| url.starts_with("postgres"))
}

#[test]
fn two_hundred_broadcasts_whose_sender_dies_reach_everybody_once() {
    if server().is_some() {
        return; // the next one plays them there
    }
    let (_, figures) = play(ALL, None);
    assert!(200 <= figures["deaths"].as_u64().unwrap(), "{figures}");
    assert!(0 < figures["refused_repetitions"].as_u64().unwrap(), "no batch was repeated: {figures}");
    assert_eq!(figures["places_not_reached"], serde_json::json!([]), "{figures}");
    assert!(15 <= figures["restored"].as_u64().unwrap(), "backups were put back in the middle: {figures}");
}

#[tokio::test]
async fn on_postgresql_broadcasts_whose_sender_dies_reach_everybody_once_and_leave_no_database() {
    let Some(server) = server() else { return };
    let (process, figures) = play(ON_SERVER, Some(&server));
    assert!(24 <= figures["deaths"].as_u64().unwrap(), "{figures}");
    assert!(0 < figures["refused_repetitions"].as_u64().unwrap(), "no batch was repeated: {figures}");
    assert!(15 <= figures["places"].as_object().unwrap().len(), "{figures}");
    assert!(0 < figures["restored"].as_u64().unwrap(), "backups were put back in the middle: {figures}");
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let left =
        sqlx::query_scalar::<_, String>("SELECT datname FROM pg_database WHERE starts_with(datname, $1)");
    let left = left.bind(format!("{PREFIX}{process}_")).fetch_all(&mut connection).await.unwrap();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn on_postgresql_a_database_that_was_there_before_is_neither_taken_nor_dropped() {
    let Some(url) = server() else { return };
    let what = format!("there_before_{}", std::process::id());
    let owner = Server::reach(&url).await.unwrap();
    let before = owner.make(&what).await.unwrap();
    let other = Server::reach(&url).await.unwrap();
    assert!(other.make(&what).await.is_err());
    other.sweep().await.unwrap();
    Db::open(&before.url()).await.unwrap().close().await;
    owner.sweep().await.unwrap();
    assert!(Db::open(&before.url()).await.is_err());
}

#[tokio::test]
async fn an_address_that_names_its_database_outside_its_path_is_refused() {
    let Err(refused) = Server::reach("postgres:///?host=/nowhere&dbname=musubi").await else { panic!() };
    assert!(refused.to_string().contains("dbname="), "{refused}");
}

#[test]
fn what_is_no_postgresql_is_not_taken_for_a_server() {
    let mut test = Command::new(env!("CARGO_BIN_EXE_musubi"));
    test.args(["selftest", "sending", "--runs", "1", "--database-url", "sqlite:office.db"]);
    let tried = test.output().unwrap();
    let said = String::from_utf8(tried.stderr).unwrap();
    assert!(!tried.status.success() && said.contains("postgres://"), "{said}");
}

//! `musubi backup` and `musubi restore` as somebody at a terminal meets them, with a server beside them.

use std::path::Path;
use std::process::{Command, Output};

use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::db::Db;
use musubi::simulator::{Simulator, SimulatorConfig};
use musubi::store::restored;

use crate::support::database::TestDatabase;
use crate::support::server::{Server, free_address};

fn musubi(database: &str, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_musubi"));
    command.env_clear().env("DATABASE_URL", database).args(arguments);
    let Output { status, stdout, stderr } = command.stdin(std::process::Stdio::null()).output().unwrap();
    (status.success(), String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap())
}

async fn accounts_in(path: &Path) -> i64 {
    let db = Db::open_file(path).await.unwrap();
    let count = restored::held(&mut db.read().await.unwrap()).await.unwrap().accounts;
    db.close().await;
    count
}

fn files_in(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_whole_while_a_server_runs_and_comes_back_only_when_it_has_stopped() {
    let database = TestDatabase::sqlite();
    let file = database.url().trim_start_matches("sqlite:").to_owned();
    let (file, folder) = (Path::new(&file), tempfile::tempdir().unwrap());
    let backup = folder.path().join("昨夜 100%.db");
    let to = backup.to_str().unwrap();
    let line = Simulator::start(SimulatorConfig::sample(Clock::system(), Chance::seeded(7))).await.unwrap();
    let listen = free_address();
    line.set_webhook_url(&format!("http://{listen}/line/webhook"));
    let server = Server::start(database.url(), &line, listen).await;
    line.add_friend("見本 一").await;
    crate::support::server::eventually("the friend is known", async || accounts_in(file).await == 1).await;

    let (done, said) = musubi(database.url(), &["backup", to]);
    assert!(done && said.contains("壊れていないことを確かめました"), "{said}");
    assert!(said.contains("アカウント  1  職員 0  配信 0"), "{said}");
    assert_eq!(files_in(folder.path()), ["昨夜 100%.db"], "one file, and no part of another");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let bytes = std::fs::read(&backup).unwrap();
    let (done, said) = musubi(database.url(), &["backup", to]);
    assert!(!done && said.contains("上書きはしません"), "{said}");
    assert!(std::fs::read(&backup).unwrap() == bytes);

    line.add_friend("見本 二").await;
    crate::support::server::eventually("both are known", async || accounts_in(file).await == 2).await;
    let (done, said) = musubi(database.url(), &["restore", to, "--yes"]);
    assert!(!done && said.contains("サーバーを止めてから"), "{said}");
    assert_eq!(accounts_in(file).await, 2);
    let (status, _) = tokio::task::spawn_blocking(|| server.stops()).await.unwrap();
    assert!(status.success());

    let (done, said) = musubi(database.url(), &["restore", to]);
    assert!(!done && said.contains("--yes"), "nobody said yes: {said}");
    let (done, said) = musubi(database.url(), &["restore", to, "--yes"]);
    assert!(done && said.contains("すべての送信は止めてあります"), "{said}");
    assert_eq!(accounts_in(file).await, 1);
    let home = file.parent().unwrap();
    let aside = files_in(home).into_iter().find(|name| name.contains(".before-restore-")).unwrap();
    assert_eq!(accounts_in(&home.join(aside)).await, 2, "the old one is kept");
    let (_, said) = musubi(database.url(), &["sending", "status"]);
    assert!(
        said.contains("すべての送信が止まっています") && said.contains("バックアップから戻しました"),
        "{said}"
    );
    assert!(std::fs::read(&backup).unwrap() == bytes, "the backup itself is never touched");
}

#[test]
fn what_is_no_backup_of_ours_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (target, file) = (folder.path().join("musubi.db"), folder.path().join("notes.txt"));
    let url = format!("sqlite:{}", target.display());
    assert!(musubi(&url, &["migrate"]).0);
    let before = std::fs::metadata(&target).unwrap().modified().unwrap();
    for (content, wanted) in [
        ("これはメモです。".repeat(200), "Musubiのバックアップではありません"),
        (String::new(), "Musubiのバックアップではありません"),
    ] {
        std::fs::write(&file, content).unwrap();
        let (done, said) = musubi(&url, &["restore", file.to_str().unwrap(), "--yes"]);
        assert!(!done && said.contains(wanted), "{said}");
        assert_eq!(std::fs::metadata(&target).unwrap().modified().unwrap(), before);
    }
    assert_eq!(files_in(folder.path()), ["musubi.db", "musubi.db.turn", "notes.txt"]);
    let (done, said) = musubi(&url, &["restore", "/nowhere/at/all.db", "--yes"]);
    assert!(!done && said.contains("ありません"), "{said}");
}

#[test]
fn a_backup_into_a_folder_that_is_not_there_says_so_once_and_in_japanese() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("musubi.db").display());
    assert!(musubi(&url, &["migrate"]).0);
    let (done, said) = musubi(&url, &["backup", "/nowhere/x.db"]);
    let sentence = "フォルダ /nowhere がありません。先に作るか、別の場所を指定してください";
    assert!(!done && said.trim_end().ends_with(sentence), "{said}");
    assert_eq!(said.matches("フォルダ").count(), 1, "{said}");
    // What can't be written for another reason is said once, too.
    let (done, said) = musubi(&url, &["backup", "/proc/x.db"]);
    assert!(!done && said.matches("データベースの操作に失敗しました").count() <= 1, "{said}");
    assert_eq!(said.matches("No such file").count() + said.matches("denied").count(), 1, "{said}");
}

#[test]
fn a_broken_backup_is_noticed_before_anything_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("musubi.db");
    let backup = folder.path().join("backup.db");
    let url = format!("sqlite:{}", target.display());
    assert!(musubi(&url, &["migrate"]).0 && musubi(&url, &["backup", backup.to_str().unwrap()]).0);
    let mut bytes = std::fs::read(&backup).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8_192].fill(0x5a);
    std::fs::write(&backup, bytes).unwrap();
    let (done, said) = musubi(&url, &["restore", backup.to_str().unwrap(), "--yes"]);
    assert!(
        !done && (said.contains("誤りが見つかりました") || said.contains("バックアップではありません")),
        "{said}"
    );
    let left = files_in(folder.path());
    assert!(!left.iter().any(|name| name.contains("unfinished") || name.contains("before")), "{left:?}");
}

#[test]
fn for_postgres_the_tool_to_use_is_named_without_the_password() {
    for command in [&["backup", "x.dump"][..], &["restore", "x.dump", "--yes"]] {
        let (done, said) = musubi("postgres://musubi:geheim@127.0.0.1:1/musubi", command);
        assert!(!done && said.contains("pg_dump --format=custom") && !said.contains("geheim"), "{said}");
    }
}

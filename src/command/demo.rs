//! `musubi demo`: the whole of Musubi on this machine, with a played LINE, an invented town and three members of staff.
//!
//! One process on loopback; it refuses any other address, because its passwords are printed on the screen. The
//! database file is made anew at every start: a demo keeps nothing, and never touches a file it did not make.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::Config;
use musubi::db::{Db, migrate};
use musubi::domain::ids::{LineUserId, StaffId};
use musubi::domain::sample_town::{self, DEMO_SEED};
use musubi::domain::staff::{Role, Roles, StaffMember};
use musubi::flow::seed::{self, Seeded, Town};
use musubi::flow::{broadcast, register, staff};
use musubi::simulator::{Limits, Simulator, SimulatorConfig};
use tokio::net::TcpListener;

const LISTEN: &str = "127.0.0.1:8080";
const LINE_LISTEN: &str = "127.0.0.1:8081";
/// How many friends of the town have a phone to look at.
const PHONES: usize = 12;
/// The ending of an empty file beside a demo's database, so that only a demo's file is ever replaced.
const MARK: &str = ".musubi-demo";

/// The settings of `musubi demo`; none is needed.
#[derive(clap::Args)]
pub struct Args {
    /// Where Musubi listens (loopback only); another free port is taken if the usual one is in use
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Where the played LINE listens (loopback only)
    #[arg(long)]
    line_listen: Option<SocketAddr>,
    /// The SQLite file, made anew at every start
    #[arg(long, default_value = "musubi-demo.db")]
    database: PathBuf,
    /// How many friends the invented town has
    #[arg(long, default_value_t = 3_000)]
    accounts: usize,
}

struct Person {
    login: &'static str,
    name: &'static str,
    department: &'static str,
    role: Role,
    password: &'static str,
}

const AUTHOR: Person = Person {
    login: "kian",
    name: "見本 起案",
    department: "健康増進課",
    role: Role::Editor,
    password: "midori-no-yama",
};
const APPROVER: Person = Person {
    login: "shonin",
    name: "見本 承認",
    department: "広報課",
    role: Role::Approver,
    password: "shiroi-hamabe",
};

/// What reaches many or looks at something sensitive needs a second approver.
const SECOND_APPROVER: Person = Person {
    login: "kessai",
    name: "見本 決裁",
    department: "総務課",
    role: Role::Approver,
    password: "aoki-mizuumi",
};

/// Gives leave for tokens, and switches sending on again.
const ADMIN: Person = Person {
    login: "kanri",
    name: "見本 管理",
    department: "情報政策課",
    role: Role::Admin,
    password: "kuroi-matsubara",
};

const STAFF: [Person; 4] = [AUTHOR, APPROVER, SECOND_APPROVER, ADMIN];

/// Runs the demo until Ctrl-C.
///
/// # Errors
/// When an address is not on loopback or can't be bound, or the file belongs to something else.
pub async fn run(args: Args) -> Result<()> {
    let listener = bind(args.listen, LISTEN).await?;
    let line = bind(args.line_listen, LINE_LISTEN).await?;
    let (ours, line_address) = (listener.local_addr()?, line.local_addr()?);
    drop(line);
    let url = fresh_file(&args.database)?;
    println!("準備しています …");
    let config = Config::local(&url, ours, line_address, &secret());
    let simulator = play_line(&config, line_address).await?;
    let app = open(config, &url).await?;
    let town = Town { seed: DEMO_SEED, accounts: args.accounts, consent_version: register::CONSENT_VERSION };
    let seeded = seed::seed(&app, town).await.context("見本の町を作れません")?;
    introduce(&app, &simulator, args.accounts);
    add_staff(&app, &simulator).await?;
    explain(ours, &simulator, &seeded);
    super::serve::run(app, listener).await?;
    simulator.shutdown();
    println!("終わりました。");
    Ok(())
}

/// The wanted address; without a wish the usual one, or any free port where that is taken.
async fn bind(wanted: Option<SocketAddr>, usual: &str) -> Result<TcpListener> {
    let address = wanted.unwrap_or(usual.parse()?);
    ensure!(address.ip().is_loopback(), "デモは、このコンピューターの中(127.0.0.1)だけで動きます");
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(_) if wanted.is_none() => Ok(TcpListener::bind((address.ip(), 0)).await?),
        Err(error) => {
            Err(error).with_context(|| format!("{address} は使えません。別のポートを選んでください"))
        }
    }
}

fn fresh_file(path: &Path) -> Result<String> {
    let name = path.display().to_string();
    let mark = PathBuf::from(format!("{name}{MARK}"));
    if path.exists() && !mark.exists() {
        bail!("{name} はデモが作ったファイルではないので、消しません。--database で別の名前にしてください");
    }
    for end in ["", "-wal", "-shm"] {
        match std::fs::remove_file(format!("{name}{end}")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{name} を作り直せません"));
            }
            _ => {}
        }
    }
    std::fs::write(&mark, "").with_context(|| format!("{name} の隣にファイルを作れません"))?;
    Ok(format!("sqlite:{name}"))
}

fn secret() -> String {
    Chance::system().bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn play_line(config: &Config, listen: SocketAddr) -> Result<Simulator> {
    let line = &config.line;
    let secret = line.channel_secrets.first().context("a local configuration has a secret")?;
    let settings = SimulatorConfig {
        listen,
        channel_id: line.channel_id.clone(),
        channel_secret: secret.clone(),
        login_channel_id: config.liff.channel_id.clone(),
        liff_id: config.liff.id.clone(),
        liff_endpoint_url: format!("{}/liff", config.server.public_url),
        webhook_url: Some(format!("{}/line/webhook", config.server.public_url)),
        bot_user_id: line.bot_user_id.clone().context("a local configuration has a bot")?,
        latency: Duration::from_millis(80),
        limits: Limits::line(),
        redeliver_every: Some(Duration::from_secs(10)),
        ..SimulatorConfig::sample(Clock::system(), Chance::system())
    };
    Simulator::start(settings).await.context("模擬のLINEを始められません")
}

async fn open(mut config: Config, url: &str) -> Result<App> {
    // A visitor in the evening wants to see a message arrive.
    config.quiet_hours.until = config.quiet_hours.from;
    let db = Db::open(url).await.context("データベースを作れません")?;
    migrate::run(&db).await?;
    Ok(App::new(config, db, Clock::system(), Chance::system())?)
}

/// LINE knows everybody in town; the first few have a phone to look at.
fn introduce(app: &App, simulator: &Simulator, accounts: usize) {
    let today = app.clock.today();
    let town: Vec<_> = sample_town::generate(DEMO_SEED, accounts, today, &app.catalogue).collect();
    simulator.know_friends(town.iter().map(|friend| &friend.line_user_id));
    for (number, friend) in
        town.iter().filter(|friend| friend.household.standing.following).take(PHONES).enumerate()
    {
        simulator.know_friend(&friend.line_user_id, &format!("{} {}", friend.display_name, number + 1));
    }
    for friend in town.iter().filter(|friend| !friend.household.standing.following) {
        simulator.blocks_silently(&friend.line_user_id);
    }
}

async fn add_staff(app: &App, simulator: &Simulator) -> Result<()> {
    for person in STAFF {
        let phone = simulator.add_person(&format!("{}(職員)", person.name));
        simulator.know_friend(&phone, &format!("{}(職員)", person.name));
        let role = person.role;
        let id = add_one(app, person, phone).await?;
        if role == Role::Editor {
            add_series(app, id).await?;
        }
    }
    Ok(())
}

/// What a city sends beside its check-ups.
async fn add_series(app: &App, author: StaffId) -> Result<()> {
    let author = StaffMember { id: author, name: String::new(), roles: Roles::from_iter([Role::Editor]) };
    for (name, purpose) in
        [("ごみ収集", "収集日の変更など"), ("市からのお知らせ", "広報課からの一般のお知らせ")]
    {
        broadcast::add_series(app, &author, name, purpose).await?;
    }
    Ok(())
}

async fn add_one(app: &App, person: Person, phone: LineUserId) -> Result<StaffId> {
    let newcomer = staff::Newcomer {
        login: person.login.to_owned(),
        name: person.name.to_owned(),
        department: person.department.to_owned(),
        roles: Roles::from_iter([person.role]),
        password: person.password.into(),
        line_user_id: Some(phone),
    };
    Ok(staff::add(&app.base(), newcomer).await?)
}

fn explain(ours: SocketAddr, simulator: &Simulator, seeded: &Seeded) {
    let Seeded { accounts, persons } = seeded;
    println!(
        "\n結びのデモです。架空の出雲市に、友だち {accounts} 人とその家族(合わせて {persons} 人)がいます。"
    );
    println!("すべてこのコンピューターの中で動き、本物のLINEにはつながりません。\n");
    println!("  phone:   {}", simulator.phone_url());
    println!("  console: http://{ours}/console");
    println!("\n  職員(見本)");
    for person in STAFF {
        println!(
            "    {}  {}  ログイン名 {}  パスワード {}",
            person.role.label(),
            person.name,
            person.login,
            person.password
        );
    }
    println!("\n終わるには Ctrl-C。次に始めると、最初からになります。\n");
}

//! `musubi simulate`: the small LINE Platform alone, for other people's servers and tests.
//!
//! The channel's secret comes from the environment, never from the command line. It prints what a server under test
//! has to be told, and runs until it is stopped.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::domain::ids::LineUserId;
use musubi::simulator::{Simulator, SimulatorConfig};

/// The settings of `musubi simulate`.
#[derive(Args, Debug)]
pub struct Options {
    /// Where the simulated LINE listens (loopback only)
    #[arg(long, default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// Where webhooks are sent
    #[arg(long, env = "SIMULATOR_WEBHOOK_URL")]
    webhook_url: Option<String>,
    /// The Messaging API channel's id
    #[arg(long, env = "LINE_CHANNEL_ID")]
    channel_id: Option<String>,
    /// The LINE Login channel's id, the audience of ID tokens
    #[arg(long, env = "LINE_LOGIN_CHANNEL_ID")]
    login_channel_id: Option<String>,
    /// The LIFF app's id
    #[arg(long, env = "LIFF_ID")]
    liff_id: Option<String>,
    /// Where the LIFF app's pages are
    #[arg(long)]
    liff_endpoint_url: Option<String>,
    /// Messages a month; without it there is no cap
    #[arg(long)]
    quota: Option<u64>,
    /// How long each API answer takes, in milliseconds
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// How many friends are there from the beginning, without phones
    #[arg(long, default_value_t = 0)]
    friends: usize,
    /// Their user ids count up from U00…01 instead of being drawn
    #[arg(long)]
    numbered: bool,
}

/// Runs the simulated LINE until Ctrl-C or SIGTERM.
///
/// # Errors
/// When the address is not on this machine's loopback or can't be bound.
pub async fn run(options: Options) -> Result<()> {
    ensure!(
        options.listen.ip().is_loopback(),
        "シミュレーターは、このコンピューターの中(127.0.0.1)だけで動きます"
    );
    let (friends, numbered) = (options.friends, options.numbered);
    let simulator = Simulator::start(settings(options)).await.context("シミュレーターを始められません")?;
    if numbered {
        let ids = (1..=friends).filter_map(|number| LineUserId::parse(&format!("U{number:032x}")));
        simulator.know_friends(&ids.collect::<Vec<_>>());
    } else {
        simulator.add_friends_silently(friends);
    }
    println!("スマートフォン   {}", simulator.phone_url());
    println!("LINE_API_BASE={}", simulator.base_url());
    println!("LIFF_SDK_URL={}", simulator.liff_sdk_url());
    println!("終わるには Ctrl-C");
    super::serve::stop_signal().await;
    simulator.shutdown();
    Ok(())
}

fn settings(options: Options) -> SimulatorConfig {
    let mut config = SimulatorConfig::sample(Clock::system(), Chance::system());
    config.listen = options.listen;
    config.webhook_url = options.webhook_url;
    config.quota = options.quota;
    config.latency = Duration::from_millis(options.latency_ms);
    config.redeliver_every = Some(Duration::from_secs(10));
    take(&mut config.channel_id, options.channel_id);
    take(&mut config.login_channel_id, options.login_channel_id);
    take(&mut config.liff_id, options.liff_id);
    take(&mut config.liff_endpoint_url, options.liff_endpoint_url);
    if let Ok(secret) = std::env::var("LINE_CHANNEL_SECRET") {
        config.channel_secret = secret.into();
    }
    config
}

fn take(field: &mut String, given: Option<String>) {
    if let Some(given) = given {
        *field = given;
    }
}

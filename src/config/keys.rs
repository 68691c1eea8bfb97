//! The names that can be set, in one table: the reader, `musubi config check` and the README's table follow it.

/// One setting.
pub struct Key {
    /// Its name in the environment; in `musubi.toml` the same in lower case.
    pub name: &'static str,
    /// What it is taken as where it is not set; `None` where it must be set.
    pub default: Option<&'static str>,
    /// What it is, in Japanese.
    pub what: &'static str,
}

const fn key(name: &'static str, default: Option<&'static str>, what: &'static str) -> Key {
    Key { name, default, what }
}

/// Every setting. `NAME_FILE` may name a file that holds the value instead.
pub const KEYS: &[Key] = &[
    key("DATABASE_URL", Some("sqlite:musubi.db"), "データベース(sqlite:パス か postgres://…)"),
    key("MUSUBI_LISTEN", Some("127.0.0.1:8080"), "待ち受けるアドレスとポート"),
    key("MUSUBI_ADMIN_LISTEN", Some(""), "監視の数値(/metrics)を出すアドレスとポート(なければ出しません)"),
    key("MUSUBI_LOG_FORMAT", Some("text"), "ログの形(text か json)"),
    key("MUSUBI_PUBLIC_URL", None, "住民と職員が開くURL(https://…)"),
    key("LINE_CHANNEL_ID", None, "Messaging APIのチャネルID"),
    key("LINE_CHANNEL_SECRET", None, "Messaging APIのチャネルシークレット"),
    key("LINE_CHANNEL_SECRET_NEXT", Some(""), "チャネルシークレットを替える間の、もう一つの値"),
    key("LINE_API_BASE", Some("https://api.line.me"), "LINEのAPI"),
    key("LINE_API_DATA_BASE", Some("https://api-data.line.me"), "LINEのデータAPI"),
    key("LINE_BOT_USER_ID", Some(""), "この公式アカウントのユーザーID(なければ始めるときにLINEに尋ねます)"),
    key("LINE_PROXY", Some(""), "LINEへ出るときのHTTPプロキシ"),
    key("LIFF_ID", None, "登録画面のLIFF ID"),
    key("LIFF_CHANNEL_ID", None, "LIFFのあるLINEログイン(ミニアプリ)チャネルのID"),
    key("LIFF_SDK_URL", Some("https://static.line-scdn.net/liff/edge/2/sdk.js"), "LIFF SDKの場所"),
    key("LIFF_LINK_BASE", Some("https://liff.line.me"), "LIFFを開くリンクの前半"),
    key("MUSUBI_SEGMENTS", Some("segments"), "条件ファイルのフォルダー"),
    key("MUSUBI_QUIET_FROM", Some("20:00"), "夜間に配信を止め始める時刻"),
    key("MUSUBI_QUIET_UNTIL", Some("08:00"), "配信を再開する時刻"),
    key("MUSUBI_SEND_AT_ONCE", Some("32"), "LINEへ同時に送る呼び出しの数(1件は500人まで)"),
    key(
        "MUSUBI_LINE_SHARE",
        Some("50"),
        "LINEの呼び出しの上限のうち使う割合(%。ほかのツールも使うチャネルなら小さく)",
    ),
    key("MUSUBI_HOLD_MINUTES", Some("10"), "はじめの50人に送ってから残りの人に送るまで待つ分数(0で待たない)"),
    key("MUSUBI_MAX_PER_DAY", Some("1"), "1人が1日に受け取る配信の上限(緊急と訂正を除く)"),
    key("MUSUBI_MAX_PER_WEEK", Some("4"), "1人が7日間に受け取る配信の上限(緊急と訂正を除く)"),
    key("MUSUBI_MAX_PER_HOUR", Some("4"), "1人が1時間に受け取る配信の上限(緊急と訂正も含む)"),
    key(
        "MUSUBI_MAX_RECIPIENTS_PER_HOUR",
        Some("300000"),
        "全体で1時間に送る人数の上限(500以上、緊急と訂正も含む)",
    ),
    key("MUSUBI_CITY_NAME", Some("出雲市"), "市の名前"),
    key("MUSUBI_CITY_NAME_LATIN", Some("Izumo"), "ローマ字での市の名前(英語とポルトガル語の文で使います)"),
    key("MUSUBI_CITY_CONTACT", Some("市役所 広報課"), "問い合わせ先(課と電話番号)"),
    key("MUSUBI_PRIVACY_URL", Some(""), "個人情報の取り扱いのページ"),
];

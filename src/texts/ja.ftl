# 日本語。住民が読む文章はすべてこのフォルダーにあります。鍵は4つのファイルで同じです。

## トークでの返事
greeting-title = { $city }公式LINE
greeting-text = 友だち追加をありがとうございます。お住まいの地区や生年月日を登録すると、あなたとご家族に関係のあるお知らせだけが届きます。登録は1分ほどです。内容は市が管理し、LINEには残りません。いつでも変更・消去できます。
greeting-again-title = おかえりなさい
greeting-again-text = { $city }からのお知らせをまたお届けします。登録した内容は「登録・変更」から確かめられます。
register-button = 登録・変更
register-title = 登録・変更
register-text = 下のボタンから、登録の内容を入力・変更できます。このトークには個人情報を書かないでください。
not-read-title = このトークの書き込みは読んでいません
not-read-text = お名前や生年月日などの個人情報は、ここには書かないでください。登録の内容は下のボタンから変更できます。お問い合わせ: { $contact }
stopped-title = 配信を止めました
stopped-text = お知らせはもう届きません。登録した内容は残っています。「配信を再開する」でいつでも元に戻せます。
stopped-already-title = 配信は止まっています
stopped-already-text = お知らせは届きません。「配信を再開する」でいつでも元に戻せます。
resumed-title = 配信を再開しました
resumed-text = 登録した内容に合うお知らせが、これから届きます。
resumed-already-title = 配信は止まっていません
resumed-already-text = 登録した内容に合うお知らせが届きます。
unregistered-title = まだ登録がありません
unregistered-text = お知らせを受け取るには、下のボタンから登録してください。
stopped-unregistered-text = まだ登録がありません。登録しても、「配信を再開する」を押すまでお知らせは届きません。
withdrawn-title = お知らせは届きません
withdrawn-text = 同意が取り消されているため届きません。「登録・変更」から同意してください。
stopped-withdrawn-text = 同意も取り消されています。また受け取るときは、「登録・変更」から同意し、「配信を再開する」を押してください。
leave-title = 登録を消す・配信を止める
leave-text = 登録を消すときは、「登録・変更」を開き、下のほうの「同意を取り消す・登録を消す」を押してください。お知らせだけを止めるときは「配信を止める」を押してください。
leave-unregistered-text = 消す登録はありません。お知らせを受け取らないときは「配信を止める」を押してください。
topic-declined-title = この分野のお知らせを止めました
topic-declined-text = 「{ $topic }」のお知らせはもう届きません。「登録・変更」で元に戻せます。
topic-accepted-title = この分野のお知らせを再開しました
topic-accepted-text = 「{ $topic }」を、受け取らない分野から外しました。
button-gone-title = このボタンは、いまは使えません
button-gone-text = 古いお知らせのボタンのようです。登録の内容は下のボタンから確かめられます。
stop-button = 配信を止める
resume-button = 配信を再開する

## ページに共通
language-switch = ことばを選ぶ
needed = 必須
free = 任意
unset = わからない・答えない
choose = 選んでください
yes = はい
no = いいえ
city-name = { $city }
not-set = 未登録
contact = お問い合わせ: { $contact }
error-prefix = エラー:

## 登録の画面
form-title = 登録
form-title-change = 登録の変更
form-intro = あなたに関係のあるお知らせだけをお届けするために使います。
section-account = 住んでいるところ
section-you = あなたのこと
section-family = ご家族
family-hint = ご家族の健診などもお知らせできます。登録しなくてもかまいません。
member-heading = ご家族 { $number }人目
member-add = 家族を追加する
member-remove = { $number }人目を取り消す
section-wishes = お知らせの分野と言語
declined-label = 受け取らない分野
declined-hint = 選んだ分野のお知らせは、対象になっても届きません。何も選ばなければ、どの分野も止まりません。
section-consent = 個人情報の取り扱い
consent-text = 入力した内容は、{ $city }がお知らせの対象を選ぶためだけに使い、市が管理するサーバーに保存します。LINEヤフー株式会社には渡りません。この画面を開いたことと、お知らせを受け取るためのLINEの番号はLINEのしくみで扱われます。内容はいつでもこの画面から確かめ、変更し、消すことができます。
consent-link = 市の個人情報の取り扱い
consent-label = 上の内容に同意します
save-first = 登録する
save-changes = 変更を保存する
date-hint = 例: 昭和61年4月1日、1986年4月1日
date-era = 元号
date-era-western = 西暦
date-year = 年
date-month = 月
date-day = 日

## 登録の誤り
errors-title = 入力を確かめてください
error-choose = { $label }を選んでください。
error-date-missing = { $label }を入力してください。
error-date-unreadable = { $label }が読み取れません。年・月・日を数字で入力してください。
error-date-month = { $label }: { $month }月はありません。月は1から12までの数字で入力してください。
error-date-day = { $label }: { $month }月{ $day }日はありません。日を確かめてください。
error-date-leap = { $label }: 2月29日はありません。{ $year }年の2月は28日までです。
error-date-year = { $label }の年を確かめてください。1900年から今日までの日付を入力してください。
error-date-future = { $label }が今日より先の日付です。1900年から今日までの日付を入力してください。
error-date-era = { $label }の元号と年を確かめてください。{ $era }は1年から{ $last }年までです。1900年から今日までの日付を入力してください。
error-date-outside-era = { $label }の元号を確かめてください。この日は{ $era }ではありません。西暦でも入力できます。
error-number = { $label }は数字で入力してください。
error-not-allowed = { $label }をもう一度選んでください。
error-topics-both = 「{ $topic }」が、知りたい分野と受け取らない分野の両方で選ばれています。どちらかにしてください。
error-consent = 登録には同意が必要です。内容を読んで、同意するときは印を付けてください。
error-members = ご家族は{ $limit }人まで登録できます。
error-changed-elsewhere = 別の画面で登録が変更されました。下の内容を確かめて、もう一度保存してください。
error-member = { $number }人目: { $message }
error-member-empty = 続柄を選んでください。登録しないときは「{ $number }人目を取り消す」を押してください。

## 登録した内容
summary-title = 登録した内容
saved = 保存しました。
summary-intro = { $city }に保存されている内容のすべてです。
summary-self = あなた
summary-consent = 同意した日
summary-delivery = 配信
delivery-on = 届きます
delivery-off = 止めています
delivery-withdrawn = 同意が取り消されているため届きません
edit-button = 変更する
stopped-notice = 配信を止めました。お知らせは届きません。
resumed-notice = 配信を再開しました。
withdraw-summary = 同意を取り消す・登録を消す
withdraw-text = 同意を取り消すと、登録は残りますが、お知らせは届かなくなります。もう一度届けるには「変更する」から同意してください。
withdraw-button = 同意を取り消す
withdrawn-notice = 同意を取り消しました。お知らせは届きません。
stop-noting-button = リンクを開いた記録をやめる
not-noted-notice = リンクを開いた記録をやめました。これまでの記録も消しました。
erase-link = 登録を消す
erase-title = 登録を消しますか
erase-text = あなたとご家族の登録、同意の記録、この画面の記録をすべて消します。元に戻すことはできません。友だちのままでも、お知らせは届かなくなります。そのための印だけは残りますが、印からはだれのことか分かりません。
erase-button = すべて消す
erase-back = 消さずに戻る
erased-title = 登録を消しました
erased-text = { $city }に保存されていたあなたとご家族の内容は、すべて消えました。この画面は閉じてかまいません。また登録するときは、トークの「登録・変更」から開いてください。
erased-but-open = いま送っている途中のお知らせが1通あります。それを送り終えるまで(長くて23時間)、宛先のLINEの番号だけが残り、そのあと消えます。そのお知らせは届くことがあります。

## 画面が開けないとき
opening-title = 登録の画面を開いています
opening-text = LINEで本人を確かめています。このままお待ちください。
no-script = この画面を開くにはJavaScriptが必要です。LINEアプリのトークにある「登録・変更」から開いてください。
entry-failed = 開けませんでした。この画面を閉じて、LINEのトークの「登録・変更」からもう一度開いてください。
entry-expired = 本人の確認の期限が切れました。この画面を閉じて、もう一度開いてください。
entry-away = いまLINEで確かめられません。しばらくしてから、もう一度開いてください。
entry-retry = もう一度開く
session-title = 時間が過ぎました
session-text = 安全のため、1時間で終わります。LINEのトークの「登録・変更」からもう一度開いてください。
session-kept = 入力した内容は残っています。「もう一度開く」を押すと続きから入力できます。
session-restored = 入力の続きです。内容を確かめて、もう一度保存してください。
page-broken-title = 申し訳ありません
page-broken-text = いま保存できませんでした。入力した内容は残っています。少し待ってから、もう一度押してください。
refused-nowhere = この画面はありません。LINEのトークの「登録・変更」から開いてください。
refused-large = 送られた内容が長すぎて、保存できませんでした。前の画面に戻ると、入力した内容が残っていることがあります。文字や家族の欄を減らして、もう一度押してください。
refused-foreign = ほかのサイトから送られた操作は受け付けません。何も変わっていません。LINEのトークの「登録・変更」から開いてください。
refused-unreadable = 送られた内容が読み取れませんでした。何も変わっていません。LINEのトークの「登録・変更」から開いて、もう一度押してください。

## サーバーの玄関
home-title = { $city } LINE公式アカウント
home-text = ここは、{ $city }のLINE公式アカウントの登録と配信に使うサーバーです。登録や変更は、LINEアプリのトークにある「登録・変更」から開いてください。

## なぜ届いたのか
why-title = このお知らせが届いた理由
why-everyone = 友だち全員に送ったお知らせです。
why-born-between = { $from }から{ $until }までに生まれた方へのお知らせです。
why-born-from = { $from }以降に生まれた方へのお知らせです。
why-born-until = { $until }以前に生まれた方へのお知らせです。
why-value = 「{ $label }」が「{ $value }」の方へのお知らせです。
why-looked = 登録された「{ $label }」を見て選びました。
why-sensitive = 登録された「{ $label }」を見て選びました。内容はここには書きません。
why-record = 市の記録を見て選びました。内容はここには書きません。
why-draw = くじで選ばれた方へのお知らせです。
why-family = 登録されたご家族にかかわるお知らせです。
why-registered = 登録された内容を見て選びました。
why-change = 登録した内容は「登録・変更」で見ることも、変えることもできます。
why-not = このお知らせは、今はお送りしていません。
why-ask = 分からないことは市役所にお尋ねください。

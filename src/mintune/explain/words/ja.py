"""The report in Japanese, written for a manager at a Japanese company; not a word-for-word translation."""

JAPANESE = {
    # Page
    "page.title": "どのタスクを一緒に学習させるべきか",
    "page.kicker": "mintune 分析レポート",
    "page.contents": "目次",
    "page.other_language": "Read in English",
    "page.skip": "結論へ移動",
    "page.made": "作成日時 {time}（mintune {version}）",
    "page.backbone": "基盤モデル",
    "page.probes": "なし（プローブ）",
    "page.predictions": "なし（外部で作成された予測）",
    "page.server": "なし（サーバーの回答、{url}）",
    "page.tasks": "タスク数",
    "page.groups": "グループ数",
    "page.strategy": "採用した方式",
    "page.profiled": "分析に使った事例",
    "page.tested": "評価に使った事例",
    "page.seeds": "乱数シード数",
    "page.sort": "見出しをクリックすると並べ替えられます。",
    "page.print_note": "画面で折りたたまれている内容も、印刷時にはすべて出力されます。",
    # Counts, lists, numbers
    "task.one": "{n}タスク",
    "task.many": "{n}タスク",
    "group.one": "{n}グループ",
    "group.many": "{n}グループ",
    "example.one": "{n}件の事例",
    "example.many": "{n}件の事例",
    "row.one": "{n}件",
    "row.many": "{n}件",
    "adapter.one": "アダプタ{n}個",
    "adapter.many": "アダプタ{n}個",
    "list.between": "、",
    "list.sentences": "",
    "list.dot": "、",
    "list.last": "{first}、{last}",
    "number.percent_range": "{low}～{high}",
    "number.range": "{low}～{high}",
    "number.estimate": "{value}（{interval}）",
    "number.p": "p = {p}",
    "number.p_below": "p < 0.001",
    "number.p_corrected": "{p}、{n}件の比較に対する補正済み",
    "time.seconds": "{seconds}秒",
    "time.minutes": "{minutes}分{seconds}秒",
    "time.hours": "{hours}時間{minutes}分",
    # Names
    "strategy.interaction": "相互作用別",
    "strategy.delta": "delta別（論文の方式）",
    "strategy.all": "全タスク共通",
    "strategy.single": "タスク個別",
    "strategy.random": "無作為グループ",
    "strategy.domain": "分野別",
    "strategy.merge_linear": "統合（平均）",
    "strategy.merge_ties": "統合（TIES）",
    "strategy.merge_dare": "統合（DARE）",
    "phrase.interaction": "相互作用別のグループ分け",
    "phrase.delta": "論文の指標（delta）によるグループ分け",
    "phrase.all": "全タスク共通のアダプタ",
    "phrase.single": "タスクごとの個別アダプタ",
    "phrase.random": "無作為なグループ分け",
    "phrase.domain": "分野別のグループ分け",
    "phrase.merge_linear": "タスク個別のアダプタを1つに統合したもの（平均）",
    "phrase.merge_ties": "タスク個別のアダプタを1つに統合したもの（TIES）",
    "phrase.merge_dare": "タスク個別のアダプタを1つに統合したもの（DARE）",
    "type.redundancy": "冗長型",
    "type.unique_image": "画像依存型",
    "type.unique_text": "文章依存型",
    "type.synergy": "相乗型",
    "type.undetermined": "判定保留",
    "type.mixture": "混合",
    "type.unanswered": "未解答",
    "meaning.redundancy": "画像だけでも文章だけでも答えられます。",
    "meaning.unique_image": "答えは画像にあり、文章は手がかりになりません。",
    "meaning.unique_text": "答えは文章にあり、画像は手がかりになりません。",
    "meaning.synergy": "画像と文章の両方がそろって初めて答えられます。",
    "meaning.undetermined": "手元の事例からは判断できないため、結論を出していません。",
    "meaning.unanswered": "両方を見せても答えられなかった割合です。相互作用については何も示しません。",
    "view.none": "指示文のみ",
    "view.image": "画像のみ",
    "view.text": "文章のみ",
    "view.both": "画像と文章",
    "mixture.proportional": "事例数に比例",
    "mixture.temperature": "事例数の平方根に比例",
    "mixture.unimax": "小さなタスクの反復を抑えつつ均等",
    "mixture.uniform": "全タスク均等",
    "mixture.merge_search": "短期学習アダプタの統合により探索",
    "stage.suite": "データ読み込み",
    "stage.profile": "分析（profile）",
    "stage.group": "グループ分け（group）",
    "stage.tune": "学習（tune）",
    "stage.evaluate": "評価（evaluate）",
    "stage.explain": "レポート作成（explain）",
    # 1. The answer
    "answer.short": "結論",
    "answer.title": "結論",
    "verdict.grouping.gain": (
        "グループ分けの効果が確認できました。{strategy}では、{against}に比べて平均スコアが{size}"
        "ポイント高くなりました（{confidence}信頼区間 {low}～{high}、{p}）。"
    ),
    "verdict.grouping.loss": (
        "今回はグループ分けが逆効果でした。{strategy}では、{against}に比べて平均スコアが{size}"
        "ポイント低くなりました（{confidence}信頼区間 {low}～{high}、{p}）。"
    ),
    "verdict.grouping.level": (
        "グループ分けの効果は確認できませんでした。{strategy}と{against}の平均スコアの差は{difference}"
        "ポイントですが、{confidence}信頼区間（{low}～{high}）がゼロを含んでいます（{p}）。"
    ),
    "verdict.grouping.lower": (
        "グループ分けの効果は確認できませんでした。{strategy}では、{against}に比べて平均スコアが{size}"
        "ポイント低くなりましたが、{confidence}信頼区間（{low}～{high}）がゼロを含むため、偶然の差かもしれません（{p}）。"
    ),
    "verdict.grouping.leaning_gain": (
        "グループ分けに効果があった可能性はありますが、断定はできません。{strategy}と{against}の平均スコアの差は"
        "{difference}ポイント（{confidence}信頼区間 {low}～{high}、{p}）で、"
        "信頼区間と検定の判断が一致していません。"
    ),
    "verdict.grouping.leaning_loss": (
        "グループ分けが逆効果だった可能性はありますが、断定はできません。{strategy}と{against}の平均スコアの差は"
        "{difference}ポイント（{confidence}信頼区間 {low}～{high}、{p}）で、"
        "信頼区間と検定の判断が一致していません。"
    ),
    "verdict.plain.gain": (
        "{strategy}では、{against}に比べて平均スコアが{size}ポイント高くなりました（{confidence}信頼区間 {low}～"
        "{high}、{p}）。"
    ),
    "verdict.plain.loss": (
        "{strategy}では、{against}に比べて平均スコアが{size}ポイント低くなりました（{confidence}信頼区間 {low}～"
        "{high}、{p}）。"
    ),
    "verdict.plain.level": (
        "{strategy}と{against}に明確な差は確認できませんでした。平均スコアの差は{difference}ポイントですが、"
        "{confidence}信頼区間（{low}～{high}）がゼロを含んでいます（{p}）。"
    ),
    "verdict.plain.lower": (
        "{strategy}では、{against}に比べて平均スコアが{size}ポイント低くなりましたが、"
        "{confidence}信頼区間（{low}～{high}）がゼロを含むため、偶然の差かもしれません（{p}）。"
    ),
    "verdict.plain.leaning_gain": (
        "{strategy}と{against}の平均スコアの差は{difference}ポイント（{confidence}信頼区間 {low}～{high}、{p}"
        "）ですが、信頼区間と検定の判断が一致しておらず、優れているとは断定できません。"
    ),
    "verdict.plain.leaning_loss": (
        "{strategy}と{against}の平均スコアの差は{difference}ポイント（{confidence}信頼区間 {low}～{high}、{p}"
        "）ですが、信頼区間と検定の判断が一致しておらず、劣っているとは断定できません。"
    ),
    "verdict.unmeasured": "{tasks}を{groups}に分けました。この分け方で学習させる効果は、まだ測定していません。",
    "verdict.one_group": (
        "今回は分けるべきグループがありません。{strategy}の結果、{tasks}は1つのグループにまとまり、"
        "全タスク共通のアダプタと同じ扱いになります。"
    ),
    "verdict.uncompared": (
        "{strategy}で学習と評価を行いましたが、比較対象の方式がないため、グループ分けの効果は判断できません。"
    ),
    "control.gain": (
        "無作為なグループ分けと比べても{difference}ポイントの差があり（{low}～{high}、{p}）、"
        "どのタスクを組み合わせるかが結果を左右したと言えます。"
    ),
    "control.loss": (
        "無作為なグループ分けのほうが良い結果でした（{difference}ポイント、{low}～{high}、{p}）。"
        "今回の組み合わせは適切とは言えません。"
    ),
    "control.level": (
        "一方、無作為なグループ分けとの差は{difference}ポイントで、信頼区間（{low}～{high}、{p}）がゼロを含みます。"
        "どのタスクを組み合わせるかが重要だとは、今回の結果からは言えません。"
    ),
    "control.leaning": (
        "無作為なグループ分けとの差は{difference}ポイント（{low}～{high}、{p}）で、"
        "組み合わせ方が結果を左右したと断定するには不十分です。"
    ),
    "answer.counts": "{tasks}のうち、{against}よりスコアが上がったのは{better}件、下がったのは{worse}件です。",
    "answer.cost": "計算時間は{total}です。",
    "answer.cost_shared": (
        "計算時間は、各方式を単独で学習させた場合に換算して合計{total}です。方式間で共有した学習も方式ごとに数えるため、"
        "実際の所要時間はこれより短いことがあります。"
    ),
    "answer.cost_tuning": "学習時間は、{strategy}が{mine}、{against}が{other}です。",
    "answer.unmeasured_next": (
        "効果を確かめるには、`mintune tune` と `mintune evaluate`（または `mintune run`）を実行してください。"
    ),
    "answer.without_backbone": (
        "モデルがないため学習できません。効果を確かめるには、mintune.yaml の `backbone` にモデルを指定して"
        "`mintune run` を実行してください。"
    ),
    "answer.without_data": (
        "正解だけでは学習できません。効果を確かめるには、mintune.yaml にタスクのデータを指定して`mintune run` を"
        "実行してください。"
    ),
    "answer.stale_adapters": (
        "このフォルダのアダプタは評価したものと異なるため、載せていません。`mintune evaluate` で作り直してください。"
    ),
    "answer.stale": ("別の設定またはデータによるスコアは載せていません。`mintune evaluate` で作り直してください。"),
    "answer.uncompared_next": (
        "比較するには、mintune.yaml の `evaluate: compare:` に他の方式を指定して再実行してください。"
    ),
    "next.gain": "推奨する対応：明確にスコアの高かった{strategy}をお使いください。",
    "next.loss": "推奨する対応：{main}より明確にスコアの高かった{strategy}をお使いください。",
    "next.open": (
        "推奨する対応：どの方式が最良かはまだはっきりしません。シード（`evaluate.seeds: {seeds}`）や評価用の事例を"
        "増やして差が明らかになるまでは、{strategy}で十分です。明確に劣るとは言えない方式のうち、最も単純なものです。"
    ),
    "next.as_good": (
        "{others}も同様に高いスコアでしたが、互いの比較はしていないため、アダプタの数が最も少ない方式を挙げています。"
    ),
    "next.cheapest": "アダプタが1つなので、運用の負担も最小です。",
    "next.one": "アダプタは実行フォルダ内の `{folder}` にあります。",
    "next.many": "アダプタは実行フォルダ内の `{folder}` に、グループごとのフォルダに分けて置かれています。",
    "forest.title": "採用した方式と他の方式との差",
    "forest.alt": "{strategy}と他の各方式との、正規化スコア平均の差（信頼区間つき）。",
    "forest.unit": "正規化スコアの差（ポイント）。ゼロより右なら「{strategy}」が優位です。",
    "forest.against": "比較対象",
    "forest.difference": "差",
    "forest.interval": "{confidence}信頼区間",
    "forest.p": "p値",
    "forest.p_corrected": "p値（補正後）",
    "forest.better_worse": "向上 / 低下タスク",
    "forest.paired": "同じタスクどうしを対にして比較しています。p値は符号反転検定によるものです。",
    "forest.corrected": "p値は{n}件の比較に対して補正していますが（Holm法）、信頼区間は補正していません。",
    "forest.single": "比較は1件だけなので、補正の必要はありません。",
    "forest.note": "信頼区間がゼロを含む方式には優劣をつけていません。",
    # 2. Tasks
    "tasks.short": "タスク",
    "tasks.title": "各タスクで画像と文章がどう働いているか",
    "tasks.lead": (
        "各タスクの事例を、画像のみ、文章のみ、両方、どちらもなしの4通りで解かせました。"
        "どの見せ方で答えられたかによって、画像と文章の関係がわかります。"
    ),
    "tasks.tally": "{type} {n}",
    "map.title": "タスクの分布図",
    "map.alt": (
        "{tasks}の分布図。右ほど画像だけで答えられる割合が高く、上ほど文章だけで答えられる割合が高い。"
        "同じ数値は下の表にあります。"
    ),
    "map.x": "画像だけで答えられる割合 →",
    "map.y": "文章だけで答えられる割合 →",
    "map.how": (
        "位置は、両方を見せれば答えられる事例のうち、片方だけで足りる割合を示します。薄い領域は、真の位置が"
        "{confidence}の信頼度で含まれる範囲です。中央付近のタスクは複数の型が混ざっているため、"
        "下の表で内訳をご確認ください。"
    ),
    "map.hollow": "白抜きの印は、型を判定できなかったタスクです。",
    "map.apart": "重なる印は見やすいように少しずらしています。印を指すと数値が表示されます。",
    "map.left_out": "両方を見せても答えられた割合が{share}に満たず、図に載せていないタスク：{tasks}。",
    "map.unknown": "どの見せ方でも当て推量を明確には上回らないか、事例が少なすぎて、図に載せていないタスク：{tasks}。",
    "map.no_examples": "すべての見せ方で回答された事例がなく、図に載せていないタスク：{tasks}。",
    "map.corner.redundancy": "答えはどちらにもある",
    "map.corner.unique_image": "答えは画像にある",
    "map.corner.unique_text": "答えは文章にある",
    "map.corner.synergy": "答えは組み合わせにある",
    "shares.title": "内訳と信頼区間",
    "shares.caption": (
        "各タスクの事例に占める割合です。推定方法は「{estimator}」で、"
        "正解データがある場合は当て推量の分を補正しています。細い線は{confidence}信頼区間です。"
    ),
    "estimator.knowledge": "見せ方ごとの正誤にもとづく推定",
    "estimator.delta": "論文のdelta（両方を見せたときの答えとの一致度）",
    "shares.task": "タスク",
    "shares.group": "グループ",
    "shares.type": "型",
    "shares.examples": "事例数",
    "shares.delta": "delta",
    "shares.sure": "確信度{confidence}",
    "shares.more": "あと{n}件の事例が必要",
    "shares.more_held": "あと{n}件の事例が必要（データは全{held}件）",
    "shares.raw": "補正前の値 {raw}",
    "shares.unknown": (
        "「–」は、どの見せ方でも当て推量を明確には上回らないか、事例が少なすぎるため、割合が分からないことを示します。"
    ),
    "shares.clipped": (
        "事例が少ないと割合が負の値になることがあります。その場合はゼロとするため、片方だけで答えられる割合が"
        "内訳の合計とずれます：{tasks}。"
    ),
    "shares.clipped_task": "{task}（{sides}）",
    "shares.clipped_side": "{view}では{shown}でなく{known}",
    "shares.built": "設計上は{type}",
    "shares.built_note": (
        "設計上ひとつの型である{n}のうち、設計どおりの判定は{right}、判定保留は{undetermined}、異なる判定は{wrong}"
        "です。"
    ),
    "accuracy.title": "見せたものごとの正答率",
    "accuracy.note": (
        "偶然の正解も含めてそのまま数えた正答率と、その{confidence}信頼区間です。指示文は常に見せています。"
        "指示文のみでの正解は、当て推量か、見なくてもわかるものです。"
    ),
    "differ.title": "測り方によって結論が異なるタスク",
    "differ.summary": (
        "上の型は正解データとの照合によるものです。型が決まった{all}件のうち{same}件では、"
        "論文のdelta（および求めた場合は情報量）も同じ結論です。"
    ),
    "differ.by_gold": "正解との照合",
    "differ.by_delta": "deltaによる型",
    "differ.by_bits": "情報量が最大の型",
    "differ.why": "理由",
    "differ.delta": "{type}（{score}）",
    "differ.bits": "{type}（{bits}ビット）",
    "differ.redundancy": "冗長型",
    "differ.unique": "片方だけに依存",
    "differ.synergy": "相乗型",
    "differ.why.mixture": (
        "混合型です。最大の割合でも答えられる事例の{share}にとどまり、一つの数値では、二つの型が半々の場合と"
        "別の一つの型とを区別できません。"
    ),
    "differ.why.bits": (
        "情報量は答えについて得られる情報の多さで重みを付け、割合は事例を数えます。"
        "事例が{n}件で答えの種類が多いと、片方だけの情報量は少なめに出ます。"
    ),
    "differ.why.few_answers": (
        "答えの種類が少なく、当て推量どうしでも{chance}の事例で偶然一致します。deltaはこれも一致と数えます。"
    ),
    "differ.why.slips": (
        "両方を見せても正答率は{accuracy}です。答えを知っている見せ方どうしでもしばしば食い違い、"
        "deltaはそれを不一致とみなします。"
    ),
    "differ.why.otherwise": (
        "答えどうしの一致度（delta {delta}）と正解との一致度が食い違っています。deltaは、両方を見せたときの答えが"
        "片方に引きずられて誤った場合なども一致に数えます。"
    ),
    "bits.title": "画像と文章が答えについて伝える情報量（ビット）",
    "bits.note": (
        "選択肢のスコアから求めて偏りを補正した値と、その{confidence}信頼区間です。相乗型の値は下限で、"
        "片方ずつから言える最大限を超えて実際に見つかった分だけを示します。"
        "合計が答えのエントロピーに足りない分は、どの見せ方からも分からなかった情報です。"
    ),
    "bits.synergy": "相乗型（下限）",
    "bits.entropy": "答えのエントロピー",
    "bits.none": "情報量を求められなかったタスク：{tasks}。{reason}",
    "bits.why.scores": (
        "すべての事例に同じ選択肢とそのスコアが必要です。独自の類似度（`similarity`）を使う場合も求められません。"
    ),
    "bits.why.accepted": "正解が選択肢の中にありません。",
    "bits.why.few": (
        "答えの種類に対して事例が少なすぎます。{least}件以上、かつ答えごとに{each}件以上の事例が必要です。"
    ),
    "bits.why.other": "記録された理由：{reason}",
    "hidden.title": "隠し方によって型が変わるタスク",
    "hidden.summary": (
        "見せない側を複数の方法で隠して調べました（{ways}）。いずれかの方法で型が決まった{all}件のうち、"
        "すべての方法で同じ型だったのは{same}件、型が決まった範囲では同じだったのは{in_part}件、型が変わったのは{depends}"
        "件、変わったかどうか確かでないのは{unsure}件です。"
    ),
    "hidden.says": "読み取れること",
    "hidden.under": "{type}：{ways}",
    "hidden.parts": "／",
    "hidden.end": "。",
    "hidden.in_part": "型と矛盾する結果はありませんが、一部の隠し方では手元の事例から型を判定できません。",
    "hidden.unsure": "確信度の低い型が含まれるため、偶然の差かもしれません。",
    "hidden.depends": "型は隠し方に左右されます。判断に使う前に、隠した側に何を置いたかをご確認ください。",
    # 3. Groups
    "groups.short": "グループ",
    "groups.title": "グループ分けの結果と理由",
    "groups.lead": (
        "方式は「{strategy}」で、{tasks}を{groups}に分けました。グループごとに1つのアダプタを学習させます。"
    ),
    "groups.label": "{letter}（{title}）",
    "groups.in_part": "一部が{type}",
    "groups.mixed": "{size}：{types}",
    "groups.why": "この配置の理由",
    "groups.change": "配置が変わるとすれば",
    "groups.stability": "安定度",
    "groups.stability_note": (
        "安定度は、事例を抽出し直したときに同じ仲間と組む（単独のタスクは単独のままとなる）割合です。"
    ),
    "groups.share": "学習量の配分",
    "groups.split": "グループ{group}にも{weight}所属",
    "groups.mixture": "配分方法：{mixture}",
    "groups.objective": "目的関数：{objective}",
    "groups.interaction": "事例の{share}を、プロファイルに応じた形で再提示",
    "groups.bounded": "設定した下限または上限の配分：{tasks}",
    "groups.rate": "学習率 {rate}（検証損失により{n}通りから選択）",
    "groups.searched": (
        "短期学習アダプタの統合による探索で、回答トークンあたり {gain}（{low}〜{high}）ナットの"
        "損失低下が予測されたため採用"
    ),
    "groups.unchanged": (
        "短期学習アダプタの統合による探索では、確実に良い配分は見つからず"
        "（回答トークンあたりの損失低下 {gain}、{low}〜{high} ナット）"
    ),
    "groups.started": "以前に学習したアダプタから学習を開始",
    "groups.kept": "検証結果が最良だった第{step}ステップ（全{planned}ステップ）の状態を採用",
    "groups.stopped": "全{planned}ステップのうち第{step}ステップで早期終了",
    "groups.adapter": "アダプタ：ランク{rank}、学習パラメータ数 {parameters}、場所 `{folder}`",
    "groups.others": "他の方式によるグループ分け",
    "reason.shares": "事例の{share}が{type}です（型の確信度 {confidence}、{examples}から推定）。",
    "reason.undetermined": "型を判定できないため、抽出し直したときの割合の散らばりが最も近いグループに置きました。",
    "reason.nearest": (
        "同じグループの仲間との平均距離は{distance}で、現時点で次に近いグループ{group}はさらに{margin}離れています。"
    ),
    "reason.alone": "グループにはこのタスクだけです。最も近いグループ{group}は{margin}離れています。",
    "reason.border": "境界上のタスクで、グループ{group}のほうが{margin}近い位置にあります。",
    "reason.linked": "指定により、{tasks}と同じグループにしました。",
    "reason.kept": "指定により、{tasks}とは別のグループにしました。",
    "reason.one_group.one_task": "タスクが1つだけです。",
    "reason.one_group.all_undetermined": (
        "型を判定できたタスクがなく、分ける根拠がないため、1つのグループとしました。"
    ),
    "reason.one_group.one_determined": "型を判定できたタスクが1つだけで、分ける相手がありません。",
    "reason.one_group.too_near": "どのタスクも性質が近く、別々のアダプタにするほどの違いがありません。",
    "reason.one_group.unstable": "事例を抽出し直すと分け方が変わってしまい、安定したグループが見つかりませんでした。",
    "reason.one_group.linked": "指定された条件により、すべてのタスクが1つのグループになります。",
    "reason.all": "全タスクを1つにまとめる方式です。",
    "reason.single": "タスクごとに専用のアダプタを用意する方式です。",
    "reason.merged": "タスクごとに専用のアダプタを用意し、すべてを1つに統合する比較用の方式です。",
    "reason.random": "無作為に割り当てました（シード {seed}）。",
    "reason.domain": "分野が「{domain}」です。",
    "reason.delta": "deltaは{delta}（{low}～{high}）で、グループの平均は{group_delta}です。",
    "reason.delta_next": "次に近いグループ{group}は、さらに{margin}離れています。",
    "reason.unknown": "規則「{code}」により配置しました。",
    "reason.unknown_facts": "規則「{code}」により配置しました（{facts}）。",
    "reason.none": "この方式では理由が記録されていません。",
    "change.few_examples": "事例があと約{n}件あれば、型を判定できる見込みです。",
    "change.few_examples_held": (
        "型を判定するには事例があと約{n}件必要ですが、データには分析に使える事例が{held}件しかありません。"
    ),
    "change.alike": "別のデータが必要です。正解がほぼすべて同じなので、知っているのか推測なのかを区別できません。",
    "change.no_examples": "回答が必要です。すべての見せ方で回答された事例がありません。",
    "change.unsettled": "事例を増やせば決まる見込みです。型の境界にあり、抽出し直すたびに別の型になります。",
    "change.unable": (
        "このタスクを解けるモデルに替えた場合です。今回はどの見せ方でも当て推量を明確には上回らず、"
        "配置は便宜的なものです。"
    ),
    "change.mixed": "どのビューで答えられるかで判定すると{first}ですが、割合は{second}の方が大きく、混合型です。",
    "change.overlap": "{first}と{second}の差が信頼区間の幅より小さく、事例を増やすと移る可能性があります。",
    "change.second_group": "グループ{group}にも{weight}の度合いで所属しており、わずかな変化で移る可能性があります。",
    "change.unstable": (
        "事例を抽出し直すと、同じ仲間と組むのは{stability}にとどまります。事例を増やせば落ち着く見込みです。"
    ),
    "change.unstable_alone": (
        "事例を抽出し直すと、単独のままとなるのは{stability}にとどまります。事例を増やせば落ち着く見込みです。"
    ),
    "change.share": "「{type}」の事例が全体の{rise}分増えると、グループ{group}に移ります。",
    "change.share_farther": (
        "「{type}」の事例が全体の{rise}分増えると、現時点で次に近いグループ{nearest}ではなく、グループ{group}に移ります。"
    ),
    "change.stable": (
        "別のデータを使った場合です。今回の事例を抽出し直しても、{stability}の割合で同じ仲間と組みます。"
    ),
    "change.stable_alone": (
        "別のデータを使った場合です。今回の事例を抽出し直しても、{stability}の割合で単独のままです。"
    ),
    "change.firm": "別のデータや基盤モデルを使った場合です。最大の割合が他を明確に上回っています。",
    "change.by_hand": "方式を変えた場合です。この分け方は事例の内容を見ていません。",
    # 4. Exemplars
    "exemplars.short": "実例",
    "exemplars.title": "実例で確認する",
    "exemplars.lead": (
        "タスクごとに、見せ方別の正誤パターンのうち多いものから順に実例を示します。この規則で機械的に選んでおり、"
        "人手での選別はしていません。"
    ),
    "exemplars.instruction": "指示文",
    "exemplars.text": "文章",
    "exemplars.no_text": "（文章なし）",
    "exemplars.no_image": "（画像なし）",
    "exemplars.gold": "正解",
    "exemplars.choices": "選択肢",
    "exemplars.view": "見せたもの",
    "exemplars.answer": "モデルの答え",
    "exemplars.right": "正",
    "exemplars.wrong": "誤",
    "exemplars.empty": "（空）",
    "exemplars.more_text": "以下{n}文字省略",
    "exemplars.more_images": "ほか{n}枚",
    "exemplars.unreadable": "（画像を表示できません）",
    "exemplars.picture": "事例{example}の画像{number}",
    "exemplars.or": " または ",
    "exemplars.more_choices": "{shown} ほか{n}個",
    "exemplars.frequency": "{total}件中{count}件",
    "exemplars.likeliest": "この事例の最も有力な型：{type}（確率{probability}）",
    "exemplars.unknown": "どの見せ方でも分かっていない",
    "exemplars.nearly_certain": "99%超",
    "exemplars.missing": "画像のみ、文章のみ、両方の答えがそろっていないため、実例を表示できません。",
    "pattern.111": "どちらか一方でも、両方でも正解",
    "pattern.101": "画像からは正解、文章からは不正解",
    "pattern.011": "文章からは正解、画像からは不正解",
    "pattern.001": "両方がそろったときだけ正解",
    "pattern.110": "一方だけなら正解、両方では不正解",
    "pattern.100": "画像だけなら正解、文章を加えると不正解",
    "pattern.010": "文章だけなら正解、画像を加えると不正解",
    "pattern.000": "どの見せ方でも不正解",
    "exemplars.adapted": (
        "基盤モデル単独では解けないタスクが多いため、全タスクで短時間学習させたアダプタを付けて解かせた答えです。"
    ),
    "exemplars.probed": "モデルではなく、同じタスクの他の事例から学んだ小さな分類器（プローブ）の答えです。",
    # 5. Scores
    "scores.short": "成績",
    "scores.title": "効果はあったか",
    "scores.unmeasured": "学習と評価はまだ行っていません。",
    "scores.stale": (
        "実行フォルダにあるスコアは別の設定またはデータから作られたものなので、載せていません。"
        "`mintune evaluate` で作り直せます。"
    ),
    "scores.lead": "分析にも学習にも使っていない評価用の事例での成績です。0が当て推量、100が満点にあたります。",
    "scores.by_type": "方式別・型別の成績",
    "scores.by_type_alt": "全タスクおよび型ごとの、方式別の正規化スコア平均と信頼区間。",
    "scores.everything": "全タスク",
    "scores.mean_note": (
        "タスク平均を示します。線は評価事例{seeds}に関する{confidence}信頼区間で、タスク間のばらつきは含みません。"
        "方式どうしの優劣は、線の重なりではなく、上の対比較でご判断ください。"
    ),
    "scores.and_seeds": "と乱数シード",
    "scores.strategy": "方式",
    "scores.mean": "平均",
    "scores.median": "中央値",
    "scores.solved": "{level}以上のタスク数",
    "scores.by_task": "タスク別の成績",
    "scores.by_task_note": (
        "各タスクの指標による素点（%）です。塗りつぶしの印は採用した方式、白抜きの印は他の方式、"
        "破線は当て推量の水準、帯の右端は到達しうる上限を示します。"
    ),
    "scores.task": "タスク",
    "scores.metric": "指標",
    "scores.chance": "当て推量",
    "scores.ceiling": "上限",
    "scores.figure": "位置",
    "scores.not_seen": "この基盤モデルではまだ解けません",
    "scores.harmed": "悪化",
    "scores.harmed_list": "{against}より明らかに悪化したタスク：{tasks}。",
    "scores.harmed_none": (
        "{against}より明らかに悪化したタスクはありません（信頼区間全体が下回るものはありませんでした）。"
    ),
    "scores.not_seen_list": (
        "どの方式でも当て推量を上回らなかったタスク：{names}（{tasks}中{n}件）。この基盤モデルではまだ解けないため、"
        "これらの成績からグループ分けの良し悪しは判断できません。"
    ),
    "metric.exact_match": "完全一致",
    "metric.token_f1": "トークンF1",
    "metric.vqa_accuracy": "VQA正解率",
    "metric.anls": "ANLS",
    "metric.rouge_l": "ROUGE-L",
    # 6. Cost and making
    "making.short": "費用と限界",
    "making.title": "費用、除外したデータ、作成条件",
    "cost.title": "費用",
    "cost.stage": "工程",
    "cost.strategy": "方式",
    "cost.seconds": "時間",
    "cost.examples": "処理した事例",
    "cost.tokens": "トークン",
    "cost.steps": "更新回数",
    "cost.adapters": "アダプタ数",
    "cost.rank": "ランク",
    "cost.parameters": "学習パラメータ数",
    "cost.total": "合計",
    "cost.shared": (
        "方式間で共有した学習は、各方式を単独で学習させたものとして方式ごとに数えています。"
        "実際の所要時間はこれより短いことがあります。"
    ),
    "cost.none": "費用は記録されていません。",
    "budget.same": "予算は同一です。シード1つあたり、どの方式も等しく{parts}で学習しました。",
    "budget.equal": "予算は同一条件です。シード1つあたり、どの方式も{parts}で学習しました（差は最大{difference}）。",
    "budget.amount.examples": "事例{amount}件",
    "budget.amount.steps": "更新{amount}回",
    "budget.amount.parameters": "学習パラメータ合計{amount}個",
    "budget.unequal": "予算は同一ではありません（{parts}）。成績の差には予算の差も含まれます。",
    "budget.part.examples": "処理した事例の差 {difference}",
    "budget.part.steps": "更新回数の差 {difference}",
    "budget.part.parameters": "学習パラメータ数の差 {difference}",
    "quarantine.title": "除外したデータ",
    "quarantine.none": "除外した行はありません。すべてのデータを使用しました。",
    "quarantine.lead": "使用できない{rows}を除外し、残りのデータで処理を続けました。",
    "quarantine.reason": "理由",
    "quarantine.where": "場所",
    "quarantine.line": "{file} {line}行目",
    "quarantine.more": "ほか{n}件は実行フォルダに記録されています。",
    "limits.title": "このレポートから言えないこと",
    "limit.scope": (
        "結果は、今回のタスク、基盤モデル、学習量でのものです。基盤モデルが変われば、型もグループも効果も変わりえます。"
    ),
    "limit.scope_elsewhere": (
        "結果は、今回のタスクと、回答したモデルについてのものです。モデルが変われば、型もグループも変わりえます。"
    ),
    "limit.types": (
        "型は、この基盤モデルが事例から何を読み取れたかを示すもので、人が解くのに何が必要かを示すものではありません。"
    ),
    "limit.types_elsewhere": (
        "型は、回答したモデルが事例から何を読み取れたかを示すもので、人が解くのに何が必要かを示すものではありません。"
    ),
    "limit.adapted": (
        "型の判定には、全タスクで短時間学習させたアダプタを使いました。データに何があるかに加え、"
        "何が早く学べるかも反映されています。"
    ),
    "limit.probes": (
        "モデルには尋ねていません。型は、単純な特徴量（{features}）を使う小さな分類器（プローブ）で測ったもので、"
        "その分類器が画像と文章のそれぞれから何を取り出せたかを示します。モデルならさらに多くを読み取れることがあり、"
        "型もグループも変わりえます。"
    ),
    "limit.probes_blind": (
        "プローブは画像の中の文字や数字を読めません。画像と文章の細かな組み合わせも、事例が多くなければ見つけられません。"
        "見逃した分は「未解答」に入り、読めない側があるタスクは、もう一方だけで解けるように見えることがあります。"
    ),
    "limit.hidden_elsewhere": (
        "予測は外部で作成されたもので、画像や文章をどう隠したかは分かりません。隠し方が変われば割合も変わりえます。"
    ),
    "limit.hiding": "画像や文章を隠す方法は「{hiding}」です。隠し方が変われば割合も変わりえます。",
    "limit.spanning": (
        "複数のグループにまたがるタスクには、所属グループ単独のアダプタではなく、所属度で重み付けして"
        "マージしたアダプタが回答しています：{tasks}。"
    ),
    "limit.one_seed": "乱数シードは1つだけです。学習の運による変動は信頼区間に含まれていません。",
    "limit.few_tasks": "{tasks}では、効果がどれほど大きくても検定の値は{p}を下回りません。",
    "limit.undetermined": "{tasks}は型を判定できませんでした。その配置は便宜的なもので、分析の結論ではありません。",
    "limit.unseen": "{tasks}はどの方式でも当て推量を上回らず、効果の有無を示す材料になりません。",
    "limit.unmeasured": "学習は行っていません。もっともらしいグループ分けでも、効果があるとは限りません。",
    "hiding.drop": "省略",
    "hiding.blank": "空白に置換",
    "hiding.noise": "ノイズに置換",
    "hiding.shuffle": "別の事例のものに置換",
    "provenance.title": "作成条件",
    "provenance.stage": "工程",
    "provenance.time": "日時",
    "provenance.seed": "シード",
    "provenance.version": "mintune",
    "provenance.inputs": "入力",
    "provenance.backbone": "基盤モデル",
    "provenance.packages": "パッケージ",
    "provenance.hardware": "実行環境",
    "provenance.data": "データの識別値",
    "provenance.adapters": "アダプタの識別値",
    "provenance.config": "設定",
    "provenance.none": "作成条件は記録されていません。",
    # Terminal
    "summary.title": "方式別スコア（0が当て推量、100が満点）",
    "summary.strategy": "方式",
    "summary.mean": "平均",
    "summary.interval": "信頼区間",
    "summary.against_main": "{strategy}の優位",
    "summary.in_use": "採用",
}

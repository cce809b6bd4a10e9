"""The report in English."""

ENGLISH = {
    # Page
    "page.title": "Which tasks should learn together",
    "page.kicker": "mintune report",
    "page.contents": "Contents",
    "page.other_language": "日本語で読む",
    "page.skip": "Skip to the answer",
    "page.made": "Made {time} with mintune {version}",
    "page.backbone": "Backbone",
    "page.probes": "none (probes)",
    "page.predictions": "none (predictions made elsewhere)",
    "page.server": "none (answers of a server, {url})",
    "page.tasks": "Tasks",
    "page.groups": "Groups",
    "page.strategy": "Strategy in use",
    "page.profiled": "Examples profiled",
    "page.tested": "Test examples",
    "page.seeds": "Seeds",
    "page.sort": "Click a heading to sort.",
    "page.print_note": "Everything that is folded on screen is printed in full.",
    # Counts, lists, numbers
    "task.one": "{n} task",
    "task.many": "{n} tasks",
    "group.one": "{n} group",
    "group.many": "{n} groups",
    "example.one": "{n} example",
    "example.many": "{n} examples",
    "row.one": "{n} row",
    "row.many": "{n} rows",
    "adapter.one": "{n} adapter",
    "adapter.many": "{n} adapters",
    "list.between": ", ",
    "list.sentences": " ",
    "list.dot": " · ",
    "list.last": "{first} and {last}",
    "number.percent_range": "{low} to {high}",
    "number.range": "{low} to {high}",
    "number.estimate": "{value} ({interval})",
    "number.p": "p = {p}",
    "number.p_below": "p < 0.001",
    "number.p_corrected": "{p}, corrected for {n} comparisons",
    "time.seconds": "{seconds} s",
    "time.minutes": "{minutes} min {seconds} s",
    "time.hours": "{hours} h {minutes} min",
    # Names
    "strategy.interaction": "By interaction",
    "strategy.delta": "By delta (as published)",
    "strategy.all": "One for all",
    "strategy.single": "One per task",
    "strategy.random": "Random groups",
    "strategy.domain": "By domain",
    "strategy.merge_linear": "Merged (mean)",
    "strategy.merge_ties": "Merged (TIES)",
    "strategy.merge_dare": "Merged (DARE)",
    "phrase.interaction": "groups by interaction",
    "phrase.delta": "groups by the published score (delta)",
    "phrase.all": "one adapter for all tasks",
    "phrase.single": "one adapter per task",
    "phrase.random": "random groups",
    "phrase.domain": "groups by domain",
    "phrase.merge_linear": "one adapter merged from one per task (mean)",
    "phrase.merge_ties": "one adapter merged from one per task (TIES)",
    "phrase.merge_dare": "one adapter merged from one per task (DARE)",
    "type.redundancy": "Redundant",
    "type.unique_image": "Image-unique",
    "type.unique_text": "Text-unique",
    "type.synergy": "Synergistic",
    "type.undetermined": "Undetermined",
    "type.mixture": "a mixture",
    "type.unanswered": "Unanswered",
    "meaning.redundancy": "The image alone or the text alone is enough.",
    "meaning.unique_image": "The answer is in the image; the text adds nothing.",
    "meaning.unique_text": "The answer is in the text; the image adds nothing.",
    "meaning.synergy": "Only image and text together give the answer.",
    "meaning.undetermined": "The examples at hand do not tell; nothing is claimed.",
    "meaning.unanswered": "Not answered even with both; it says nothing about interaction.",
    "view.none": "instruction alone",
    "view.image": "image alone",
    "view.text": "text alone",
    "view.both": "image and text",
    "mixture.proportional": "in proportion to the examples",
    "mixture.temperature": "by the root of the examples",
    "mixture.unimax": "as even as small tasks bear",
    "mixture.uniform": "the same for every task",
    "mixture.merge_search": "searched by merging short adapters",
    "stage.suite": "Reading data",
    "stage.profile": "Profile",
    "stage.group": "Group",
    "stage.tune": "Tune",
    "stage.evaluate": "Evaluate",
    "stage.explain": "Explain",
    # 1. The answer
    "answer.short": "Answer",
    "answer.title": "The answer",
    "verdict.grouping.gain": (
        "Grouping paid here: with {strategy} the tasks score {size} points higher on average than with {against} ("
        "{confidence} interval {low} to {high}, {p})."
    ),
    "verdict.grouping.loss": (
        "Grouping did not pay here: with {strategy} the tasks score {size} points lower on average than with "
        "{against} ({confidence} interval {low} to {high}, {p})."
    ),
    "verdict.grouping.level": (
        "No benefit of grouping was shown here: {strategy} differ from {against} by {difference} points on average, "
        "and the {confidence} interval, {low} to {high}, includes zero ({p})."
    ),
    "verdict.grouping.lower": (
        "No benefit of grouping was shown here: with {strategy} the tasks score {size} points lower on average than "
        "with {against}, which may be chance, as the {confidence} interval, {low} to {high}, includes zero ({p})."
    ),
    "verdict.grouping.leaning_gain": (
        "Grouping may have helped, but the evidence is not firm: {difference} points on average for {strategy} "
        "against {against} ({confidence} interval {low} to {high}, {p}); interval and test do not agree."
    ),
    "verdict.grouping.leaning_loss": (
        "Grouping may have hurt, but the evidence is not firm: {difference} points on average for {strategy} against "
        "{against} ({confidence} interval {low} to {high}, {p}); interval and test do not agree."
    ),
    "verdict.plain.gain": (
        "With {strategy} the tasks score {size} points higher on average than with {against} ({confidence} interval "
        "{low} to {high}, {p})."
    ),
    "verdict.plain.loss": (
        "With {strategy} the tasks score {size} points lower on average than with {against} ({confidence} interval "
        "{low} to {high}, {p})."
    ),
    "verdict.plain.level": (
        "No difference was shown between {strategy} and {against}: {difference} points on average, and the "
        "{confidence} interval, {low} to {high}, includes zero ({p})."
    ),
    "verdict.plain.lower": (
        "With {strategy} the tasks score {size} points lower on average than with {against}, which may be chance, as "
        "the {confidence} interval, {low} to {high}, includes zero ({p})."
    ),
    "verdict.plain.leaning_gain": (
        "{difference} points on average for {strategy} against {against} ({confidence} interval {low} to {high}, {p}"
        "); interval and test do not agree, so the evidence is not firm."
    ),
    "verdict.plain.leaning_loss": (
        "{difference} points on average for {strategy} against {against} ({confidence} interval {low} to {high}, {p}"
        "); interval and test do not agree, so the evidence is not firm."
    ),
    "verdict.unmeasured": "{tasks} fall into {groups}; whether tuning them that way pays has not been measured yet.",
    "verdict.one_group": (
        "There is nothing to group here: {strategy} leave {tasks} together, which is the same as one adapter for all."
    ),
    "verdict.uncompared": (
        "The tasks were tuned with {strategy}, but nothing was tuned beside it, so whether grouping pays is not known."
    ),
    "control.gain": (
        "Against random groups it is {difference} points ({low} to {high}, {p}): it mattered which tasks learn "
        "together."
    ),
    "control.loss": (
        "Random groups did better ({difference} points, {low} to {high}, {p}): these are not the right companions here."
    ),
    "control.level": (
        "Against random groups it is {difference} points ({low} to {high}, {p}), which includes zero: that it "
        "matters which tasks share a group is not shown."
    ),
    "control.leaning": (
        "Against random groups it is {difference} points ({low} to {high}, {p}): not firm enough to say that it "
        "mattered which tasks learn together."
    ),
    "answer.counts": "{better} of {tasks} score higher than with {against}, {worse} lower.",
    "answer.cost": "Computing time: {total}.",
    "answer.cost_shared": (
        "Computing time, had each strategy been trained alone: {total} in all; what strategies share is counted for "
        "each of them, so the run itself may have taken less."
    ),
    "answer.cost_tuning": "Tuning takes {mine} with {strategy} and {other} with {against}.",
    "answer.unmeasured_next": "Run `mintune tune` and `mintune evaluate`, or `mintune run`, to find out.",
    "answer.without_backbone": (
        "Nothing can be tuned without a model: name one as `backbone` in mintune.yaml, then `mintune run` finds out."
    ),
    "answer.without_data": (
        "Gold answers alone cannot be tuned on: name the tasks' data in mintune.yaml, then `mintune run` finds out."
    ),
    "answer.stale_adapters": (
        "Adapters in this folder are not those that were scored and are left out; run `mintune evaluate` to make them "
        "again."
    ),
    "answer.stale": "Scores of other settings or data are left out; run `mintune evaluate` to make them again.",
    "answer.uncompared_next": "Name other strategies under `evaluate: compare:` in mintune.yaml and run again.",
    "next.gain": "What to do: use {strategy}, which scored better for sure.",
    "next.loss": "What to do: use {strategy}, which scored better for sure than {main}.",
    "next.open": (
        "What to do: which strategy is best is not sure. Until more seeds (`evaluate.seeds: {seeds}`) or more test "
        "examples tell, {strategy} will do: the simplest compared that is not worse for sure."
    ),
    "next.as_good": (
        "So did {others}; these were not compared with one another, and the one named needs the fewest adapters."
    ),
    "next.cheapest": "One adapter is also the cheapest to serve.",
    "next.one": "The adapter lies in `{folder}` inside the run folder.",
    "next.many": "The adapters lie in `{folder}` inside the run folder, one folder a group.",
    "forest.title": "What the strategy in use gains or loses against each other one",
    "forest.alt": "Difference in mean normalised score of {strategy} against each other strategy, with intervals.",
    "forest.unit": "In points of normalised score; right of zero speaks for “{strategy}”.",
    "forest.against": "Against",
    "forest.difference": "Difference",
    "forest.interval": "{confidence} interval",
    "forest.p": "p",
    "forest.p_corrected": "p, corrected",
    "forest.better_worse": "Tasks better / worse",
    "forest.paired": "Paired over tasks; p is of a sign-flip test.",
    "forest.corrected": "p is corrected for {n} comparisons (Holm), the intervals are not.",
    "forest.single": "There is one comparison, so nothing to correct for.",
    "forest.note": "Strategies whose intervals include zero are not ranked.",
    # 2. Tasks
    "tasks.short": "Tasks",
    "tasks.title": "How image and text work together in each task",
    "tasks.lead": (
        "Each task was answered four times: with the image alone, the text alone, both, and neither. What is known "
        "from which view tells how the two work together."
    ),
    "tasks.tally": "{n} {type}",
    "map.title": "The map of tasks",
    "map.alt": (
        "Map of {tasks}: to the right, how often the image alone is enough; upwards, how often the text alone is "
        "enough. The table below holds the same numbers."
    ),
    "map.x": "image alone is enough →",
    "map.y": "text alone is enough →",
    "map.how": (
        "Position is how often one modality alone is enough, among examples that are answered with both. The shaded "
        "area holds the true position with {confidence} confidence. Near the middle a task mixes types: see its row "
        "below."
    ),
    "map.hollow": "Hollow marks are tasks whose type is undetermined.",
    "map.apart": "Marks that would hide one another are moved apart a little; point at one for its numbers.",
    "map.left_out": "Not on the map, as less than {share} was answered even with both: {tasks}.",
    "map.unknown": "Not on the map, as no view is clearly better than guessing, or examples are too few: {tasks}.",
    "map.no_examples": "Not on the map, as no example was answered under every view: {tasks}.",
    "map.corner.redundancy": "answer in either",
    "map.corner.unique_image": "answer in the image",
    "map.corner.unique_text": "answer in the text",
    "map.corner.synergy": "answer in both together",
    "shares.title": "Shares with their intervals",
    "shares.caption": (
        "Share of each task's examples, estimated by {estimator} and corrected for guessing where gold answers allow "
        "it; thin lines are {confidence} intervals."
    ),
    "estimator.knowledge": "who knows (correctness against gold answers under each view)",
    "estimator.delta": "delta as published (agreement with the answer given both)",
    "shares.task": "Task",
    "shares.group": "Group",
    "shares.type": "Type",
    "shares.examples": "n",
    "shares.delta": "delta",
    "shares.sure": "{confidence} sure",
    "shares.more": "{n} more examples needed",
    "shares.more_held": "{n} more examples needed; its data has {held}",
    "shares.raw": "before clipping: {raw}",
    "shares.unknown": (
        "A dash: nothing is known there, as no view is clearly better than guessing, or examples are too few."
    ),
    "shares.clipped": (
        "With few examples shares can come out below zero; these are cut, and what one side knows alone is then not "
        "what its shares add up to: {tasks}."
    ),
    "shares.clipped_task": "{task} ({sides})",
    "shares.clipped_side": "{view} {known} instead of {shown}",
    "shares.built": "built as {type}",
    "shares.built_note": (
        "Of {n} built to be of one type, {right} are typed as built, {undetermined} left undetermined and {wrong} "
        "typed otherwise."
    ),
    "accuracy.title": "How often answers are right, by what is shown",
    "accuracy.note": (
        "Right answers as counted, lucky guesses among them, with {confidence} intervals; the instruction is always "
        "there. What is right with the instruction alone is guessed, or known without looking."
    ),
    "differ.title": "Where ways of measuring disagree",
    "differ.summary": (
        "Types above go by gold answers. For {same} of {all} typed tasks the published score delta, and bits where "
        "they were asked for, say the same."
    ),
    "differ.by_gold": "By gold answers",
    "differ.by_delta": "By delta",
    "differ.by_bits": "Most bits",
    "differ.why": "Why",
    "differ.delta": "{type} ({score})",
    "differ.bits": "{type} ({bits} bits)",
    "differ.redundancy": "Redundant",
    "differ.unique": "One side alone",
    "differ.synergy": "Synergistic",
    "differ.why.mixture": (
        "A mixture: its largest share is {share} of what is known, and one number cannot tell half of one and half of "
        "another from a third."
    ),
    "differ.why.bits": (
        "Bits weigh examples by how much is said about the answer, shares count them; with {n} examples and many "
        "answers bits of one side are understated."
    ),
    "differ.why.few_answers": "Few answers: two guesses agree by chance in {chance} of examples, which delta counts.",
    "differ.why.slips": (
        "Only {accuracy} is right even with both, so two views that know often differ, which delta takes for "
        "disagreement."
    ),
    "differ.why.otherwise": (
        "How far answers agree with one another (delta {delta}) and how far with gold are two things here: for delta "
        "wrong answers count, too, as where the answer with both follows one view astray."
    ),
    "bits.title": "What image and text say about the answer, in bits",
    "bits.note": (
        "From the scores of the choices, corrected for bias, with {confidence} intervals. Synergy is a lower bound: "
        "what these predictors found beyond the most that the two sides can say apart. What the parts lack of the "
        "answer's entropy, no view tells."
    ),
    "bits.synergy": "Synergistic, at least",
    "bits.entropy": "Of (entropy of the answer)",
    "bits.none": "No bits for {tasks}: {reason}",
    "bits.why.scores": "it takes the same choices with scores for every example, and no similarity of your own.",
    "bits.why.accepted": "no accepted answer is among the choices.",
    "bits.why.few": "too few examples for so many answers; at least {least}, and {each} for each answer, are needed.",
    "bits.why.other": "{reason}.",
    "hidden.title": "Where the type hangs on how a modality is hidden",
    "hidden.summary": (
        "Views were asked with several things in place of what they hide: {ways}. Tasks with a type under any of them: "
        "{all}. The same type under all: {same}; the same wherever there is one: {in_part}; another one under some: "
        "{depends}; not sure whether another: {unsure}."
    ),
    "hidden.says": "What that says",
    "hidden.under": "{type}: {ways}",
    "hidden.parts": "; ",
    "hidden.end": ".",
    "hidden.in_part": "Nothing contradicts the type, but under some ways the examples do not tell it.",
    "hidden.unsure": "At least one of these types is not sure, so this may be chance.",
    "hidden.depends": "The type hangs on what stands in for a hidden side; look at that before relying on it.",
    # 3. Groups
    "groups.short": "Groups",
    "groups.title": "Who learns with whom, and why",
    "groups.lead": "{strategy}: {tasks} in {groups}. One adapter is tuned for each group.",
    "groups.label": "{letter} ({title})",
    "groups.in_part": "{type} in part",
    "groups.mixed": "{size}: {types}",
    "groups.why": "Why here",
    "groups.change": "What would change it",
    "groups.stability": "Stability",
    "groups.stability_note": (
        "Stability is the share of redraws of the examples in which a task keeps its companions, or stays alone if it "
        "has none."
    ),
    "groups.share": "Share of training",
    "groups.split": "also {group}: {weight}",
    "groups.mixture": "mixture: {mixture}",
    "groups.objective": "objective: {objective}",
    "groups.interaction": "{share} of the examples shown a second time, as the profile allows",
    "groups.bounded": "share at a set floor or ceiling: {tasks}",
    "groups.rate": "learning rate {rate}, chosen from {n} by validation loss",
    "groups.searched": (
        "a search by merges of short adapters predicts {gain} ({low} to {high}) nats an answer token less loss, so it "
        "was followed"
    ),
    "groups.unchanged": (
        "a search by merges of short adapters found no mixture that is surely better: {gain} ({low} to {high}) nats an "
        "answer token less loss"
    ),
    "groups.started": "training began with an adapter tuned before",
    "groups.kept": "kept as it was after step {step} of {planned}, where validation was best",
    "groups.stopped": "stopped early, after step {step} of {planned}",
    "groups.adapter": "Adapter of rank {rank} with {parameters} trainable parameters, in `{folder}`",
    "groups.others": "How the other strategies would group them",
    "reason.shares": "{type} in {share} of its examples; {confidence} sure of the type, from {examples}.",
    "reason.undetermined": (
        "Its type is undetermined, so it was placed where its shares, as redraws scatter them, lie nearest."
    ),
    "reason.nearest": (
        "Mean distance to its companions {distance}; the nearest other group now, {group}, lies {margin} farther."
    ),
    "reason.alone": "It is alone in its group; the nearest other, {group}, lies {margin} away.",
    "reason.border": "It lies at the border: group {group} is nearer by {margin}.",
    "reason.linked": "It was asked to stay with {tasks}.",
    "reason.kept": "It was asked to stay apart from {tasks}.",
    "reason.one_group.one_task": "There is only one task.",
    "reason.one_group.all_undetermined": (
        "No task could be typed, so nothing tells them apart and one group is the honest answer."
    ),
    "reason.one_group.one_determined": "Only one task could be typed, so there is nothing to set it apart from.",
    "reason.one_group.too_near": "All tasks lie so near one another that an adapter each would not be worth it.",
    "reason.one_group.unstable": "No division into groups held when the examples were redrawn.",
    "reason.one_group.linked": "The constraints tie all tasks together.",
    "reason.all": "This strategy puts all tasks together.",
    "reason.single": "This strategy gives each task an adapter of its own.",
    "reason.merged": "This baseline gives each task an adapter of its own and merges them all into one.",
    "reason.random": "Drawn by lot (seed {seed}).",
    "reason.domain": "Its domain is “{domain}”.",
    "reason.delta": "Its delta is {delta} ({low} to {high}); its group has {group_delta} on average.",
    "reason.delta_next": "The next group, {group}, lies {margin} farther.",
    "reason.unknown": "Placed by the rule “{code}”.",
    "reason.unknown_facts": "Placed by the rule “{code}” ({facts}).",
    "reason.none": "The strategy gave no reason.",
    "change.few_examples": "About {n} more examples would decide its type.",
    "change.few_examples_held": (
        "About {n} more examples would decide its type, which its data does not hold: it has {held} to profile with."
    ),
    "change.alike": "Other data: nearly all its gold answers are the same, so knowing cannot be told from guessing.",
    "change.no_examples": "Answers: no example has one under every view.",
    "change.unsettled": "More examples: it lies between types, and redraws of these give now one, now another.",
    "change.unable": (
        "A model that can do it: no view was clearly better than guessing, so its place is a convenience."
    ),
    "change.mixed": "{first} by which views can answer at all, while {second} has the larger share: a mixture.",
    "change.overlap": "{first} leads {second} by less than their intervals: more examples could move it.",
    "change.second_group": "It belongs to group {group} by {weight}: a small shift would move it there.",
    "change.unstable": "It keeps its companions in only {stability} of redraws: more examples would settle it.",
    "change.unstable_alone": "It stays alone in only {stability} of redraws: more examples would settle it.",
    "change.share": "If its share of “{type}” rose by {rise} of its examples, it would move to group {group}.",
    "change.share_farther": (
        "If its share of “{type}” rose by {rise} of its examples, it would move to group {group} and not to "
        "{nearest}, which is the nearest other group now."
    ),
    "change.stable": "Other data: with redraws of these examples it keeps its companions {stability} of the time.",
    "change.stable_alone": "Other data: with redraws of these examples it stays alone {stability} of the time.",
    "change.firm": "Other data or another backbone: its leading share is clear of the others.",
    "change.by_hand": "Another choice of strategy: this grouping does not look at the examples.",
    # 4. Exemplars
    "exemplars.short": "Examples",
    "exemplars.title": "Examples to check by eye",
    "exemplars.lead": (
        "For each task, examples of the commonest patterns of right and wrong answers over the views. Chosen by that "
        "rule and not by hand."
    ),
    "exemplars.instruction": "Instruction",
    "exemplars.text": "Text",
    "exemplars.no_text": "(no text)",
    "exemplars.no_image": "(no image)",
    "exemplars.gold": "Correct answer",
    "exemplars.choices": "Choices",
    "exemplars.view": "Shown",
    "exemplars.answer": "Answer",
    "exemplars.right": "right",
    "exemplars.wrong": "wrong",
    "exemplars.empty": "(empty)",
    "exemplars.more_text": "{n} more characters",
    "exemplars.more_images": "{n} more images",
    "exemplars.unreadable": "(image cannot be shown)",
    "exemplars.picture": "Image {number} of example {example}",
    "exemplars.or": " or ",
    "exemplars.more_choices": "{shown} and {n} more",
    "exemplars.frequency": "{count} of {total} examples",
    "exemplars.likeliest": "This example is most likely: {type} ({probability})",
    "exemplars.unknown": "known under no view",
    "exemplars.nearly_certain": "over 99%",
    "exemplars.missing": "No example can be shown: answers under image, text and both are not all there.",
    "pattern.111": "Right with either, and with both",
    "pattern.101": "Right from the image, not from the text",
    "pattern.011": "Right from the text, not from the image",
    "pattern.001": "Right only with both together",
    "pattern.110": "Right with either alone, wrong with both",
    "pattern.100": "Right from the image, wrong once the text is there",
    "pattern.010": "Right from the text, wrong once the image is there",
    "pattern.000": "Wrong under every view",
    "exemplars.adapted": (
        "Answered with a short adapter trained over all tasks, as the backbone alone could not do most of them."
    ),
    "exemplars.probed": "Answered by probes, small classifiers that learnt from the task's other examples; no model.",
    # 5. Scores
    "scores.short": "Scores",
    "scores.title": "Did it help",
    "scores.unmeasured": "Nothing has been tuned and scored yet.",
    "scores.stale": (
        "The scores in the run folder were made from other settings or data and are left out; `mintune evaluate` makes "
        "them again."
    ),
    "scores.lead": "Scores on test examples that neither profile nor tuning has seen. 0 is guessing, 100 is perfect.",
    "scores.by_type": "By strategy and type of task",
    "scores.by_type_alt": "Mean normalised score by strategy, for all tasks and for each type, with intervals.",
    "scores.everything": "All tasks",
    "scores.mean_note": (
        "Means over tasks; the lines are {confidence} intervals over test examples{seeds}, not over tasks. "
        "Strategies are compared by the paired differences above, not by whether these lines overlap."
    ),
    "scores.and_seeds": " and seeds",
    "scores.strategy": "Strategy",
    "scores.mean": "Mean",
    "scores.median": "Median",
    "scores.solved": "Tasks at {level} or more",
    "scores.by_task": "By task",
    "scores.by_task_note": (
        "Raw scores in the task's own metric, in per cent: the mark is the strategy in use, rings are the others, "
        "the dashed line is chance, the bar's end the ceiling."
    ),
    "scores.task": "Task",
    "scores.metric": "Metric",
    "scores.chance": "Chance",
    "scores.ceiling": "Ceiling",
    "scores.figure": "Where they lie",
    "scores.not_seen": "the backbone cannot see this yet",
    "scores.harmed": "harmed",
    "scores.harmed_list": "Clearly worse than with {against}: {tasks}.",
    "scores.harmed_none": "No task is clearly worse than with {against}: nowhere does its whole interval lie below.",
    "scores.not_seen_list": (
        "Not above chance under any strategy: {names} ({n} of {tasks}). The backbone cannot see this yet, and these "
        "scores say nothing about grouping."
    ),
    "metric.exact_match": "exact match",
    "metric.token_f1": "token F1",
    "metric.vqa_accuracy": "VQA accuracy",
    "metric.anls": "ANLS",
    "metric.rouge_l": "ROUGE-L",
    # 6. Cost and making
    "making.short": "Cost and limits",
    "making.title": "What it cost, what was left out, how it was made",
    "cost.title": "Cost",
    "cost.stage": "Stage",
    "cost.strategy": "Strategy",
    "cost.seconds": "Time",
    "cost.examples": "Examples shown",
    "cost.tokens": "Tokens",
    "cost.steps": "Optimiser steps",
    "cost.adapters": "Adapters",
    "cost.rank": "Rank",
    "cost.parameters": "Trainable parameters",
    "cost.total": "Total",
    "cost.shared": (
        "What strategies share is counted for each of them, as if each had been trained alone: a run can take less "
        "time than this."
    ),
    "cost.none": "No costs were recorded.",
    "budget.same": "Equal budget: for each seed, every strategy had the same {parts}.",
    "budget.equal": "Equal budget: for each seed, every strategy had {parts}; they differ by at most {difference}.",
    "budget.amount.examples": "{amount} examples",
    "budget.amount.steps": "{amount} optimiser steps",
    "budget.amount.parameters": "{amount} trainable parameters in total",
    "budget.unequal": "Budgets are not equal: {parts}. Differences in score are partly differences in budget.",
    "budget.part.examples": "examples differ by {difference}",
    "budget.part.steps": "optimiser steps differ by {difference}",
    "budget.part.parameters": "trainable parameters differ by {difference}",
    "quarantine.title": "What was set aside",
    "quarantine.none": "No row was set aside: everything in the data was used.",
    "quarantine.lead": "{rows} could not be used and were set aside; the run went on without them.",
    "quarantine.reason": "Reason",
    "quarantine.where": "Where",
    "quarantine.line": "{file}, line {line}",
    "quarantine.more": "{n} more are in the run folder.",
    "limits.title": "What this does not say",
    "limit.scope": (
        "It holds for these tasks, this backbone and this amount of training. Another backbone can change types, "
        "groups and gains."
    ),
    "limit.scope_elsewhere": (
        "It holds for these tasks and the model that answered. Another model can change types and groups."
    ),
    "limit.types": (
        "A type says what this backbone could make of the examples, not what a person needs to solve them."
    ),
    "limit.types_elsewhere": (
        "A type says what the model that answered could make of the examples, not what a person needs to solve them."
    ),
    "limit.adapted": (
        "Types were measured with a short adapter over all tasks, so they tell what is quickly learnt as well as "
        "what is in the data."
    ),
    "limit.probes": (
        "No model was asked. Types were measured by probes, small classifiers over simple features ({features}). A "
        "probe shows what that learner can extract from each side; a model can find more, and other types and groups."
    ),
    "limit.probes_blind": (
        "Probes do not read words or numbers in pictures, and find a fine interplay of the sides in many examples "
        "only. What they miss counts as unanswered, and a side that they cannot read can make a task look unique."
    ),
    "limit.hidden_elsewhere": (
        "The predictions were made elsewhere, and how they hid a modality is not known here; another way of hiding can "
        "give other shares."
    ),
    "limit.hiding": "A hidden modality was replaced by “{hiding}”; another way of hiding can give other shares.",
    "limit.spanning": (
        "Tasks between groups were answered by a merge of those groups' adapters, weighted by membership, and not by "
        "the adapter of their own group: {tasks}."
    ),
    "limit.one_seed": "One seed only: the luck of a training run is not in the intervals.",
    "limit.few_tasks": "With {tasks} the test cannot fall below {p}, whatever the gain.",
    "limit.undetermined": "{tasks} could not be typed; where they were placed is a convenience, not a finding.",
    "limit.unseen": "Not above chance under any strategy: {tasks}. They can neither show nor refute a gain.",
    "limit.unmeasured": "Nothing was tuned, so a good-looking grouping may still not pay.",
    "hiding.drop": "leaving it out",
    "hiding.blank": "a blank",
    "hiding.noise": "noise",
    "hiding.shuffle": "another example's",
    "provenance.title": "How it was made",
    "provenance.stage": "Stage",
    "provenance.time": "Time",
    "provenance.seed": "Seed",
    "provenance.version": "mintune",
    "provenance.inputs": "Inputs",
    "provenance.backbone": "Backbone",
    "provenance.packages": "Packages",
    "provenance.hardware": "Hardware",
    "provenance.data": "Fingerprints of the data",
    "provenance.adapters": "Fingerprints of the adapters",
    "provenance.config": "Configuration",
    "provenance.none": "No provenance was recorded.",
    # Terminal
    "summary.title": "Scores by strategy (0 is guessing, 100 is perfect)",
    "summary.strategy": "strategy",
    "summary.mean": "mean",
    "summary.interval": "interval",
    "summary.against_main": "{strategy} ahead of it by",
    "summary.in_use": "in use",
}

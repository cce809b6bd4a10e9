"""Primitives on words alone: copying, looking facts up, sorting, comparing, adding."""

from collections.abc import Sequence

from mintune.tasks.world.primitives.claims import claim
from mintune.tasks.world.primitives.sample import Ask, Hand
from mintune.tasks.world.vocabulary import (
    CATEGORIES,
    CATEGORY_OF_WORD,
    COLOURS,
    NAMES,
    PICTOGRAMS,
    POSITIONS,
    SHAPES,
    WORDS,
    WORDS_BY_CATEGORY,
)

COLOUR_NAMES = tuple(COLOURS)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
NUMBERS = tuple(str(value) for value in range(10))
COUNTS = tuple("12345")
KEYS: tuple[tuple[str, ...], ...] = (NAMES, NAMES, COLOUR_NAMES, SHAPES, PICTOGRAMS, WORDS, CATEGORIES)
VALUES: tuple[tuple[str, ...], ...] = (
    NUMBERS,
    NUMBERS,
    COLOUR_NAMES,
    SHAPES,
    PICTOGRAMS,
    WORDS,
    POSITIONS,
    CATEGORIES,
    NAMES,
)

# (one fact, what joins facts, what ends them)
FACT_FORMS: tuple[tuple[str, str, str], ...] = (
    ("{k} has {v}", ", ", "."),
    ("{k}: {v}", ", ", "."),
    ("{k} is {v}", ". ", "."),
    ("{k} = {v}", "; ", ""),
    ("{k} gets {v}", " and ", "."),
    ("{k} -> {v}", ", ", ""),
    ("for {k} it is {v}", ", ", "."),
    ("{k} chose {v}", ". ", "."),
    ("{k} {v}", ", ", ""),
    ("{k} means {v}", ", ", "."),
)
OPENINGS = ("", "", "", "", "Note: ", "List: ", "We know: ", "Record: ", "Rule: ", "Memo. ")
LOOKUP_FORMS = (
    "{}?",
    "What about {}?",
    "What does the text say for {}?",
    "What is it for {}?",
    "Find {}.",
    "Look up {}.",
    "What has {}?",
    "Give the entry of {}.",
    "What belongs to {}?",
    "Answer for {}.",
)
REVERSE_FORMS = (
    "Who or what has {}?",
    "Which one has {}?",
    "Who has {}?",
    "For which is it {}?",
    "Whose is {}?",
    "Find the one with {}.",
)


def facts_of(hand: Hand, keys: Sequence[str], values: Sequence[str]) -> str:
    """The facts as one text in one of the usual forms."""
    form, joint, end = hand.one(FACT_FORMS)
    body = joint.join(form.format(k=key, v=value) for key, value in zip(keys, values, strict=True)) + end
    return hand.one(OPENINGS) + body


def pairs(hand: Hand, count: int) -> tuple[list[str], list[str], tuple[str, ...]]:
    """Different keys, different values, and the words that the values were drawn from."""
    while True:
        keys_from, values_from = hand.one(KEYS), hand.one(VALUES)
        if keys_from is not values_from:
            return hand.some(keys_from, count), hand.some(values_from, count), values_from


def lookup(hand: Hand) -> Ask:
    """Such as "Mia has 3, Tom has 5. Tom?"."""
    keys, values, values_from = pairs(hand, hand.one((1, 2, 2, 3, 3, 4)))
    index = hand.whole(0, len(keys) - 1)
    closed = values_from if len(values_from) <= 10 else tuple(hand.some(values, len(values)))
    return Ask(hand.one(LOOKUP_FORMS).format(keys[index]), values[index], closed, facts=facts_of(hand, keys, values))


def reverse_lookup(hand: Hand) -> Ask:
    """Such as "Mia has 3, Tom has 5. Who has 5?"."""
    keys, values, _ = pairs(hand, hand.whole(2, 4))
    index = hand.whole(0, len(keys) - 1)
    question = hand.one(REVERSE_FORMS).format(values[index])
    return Ask(question, keys[index], tuple(hand.some(keys, len(keys))), facts=facts_of(hand, keys, values))


FACT_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("colour", COLOUR_NAMES),
    ("shape", SHAPES),
    ("icon", PICTOGRAMS),
    ("number", NUMBERS),
    ("digit", NUMBERS),
    ("word", WORDS),
    ("place", POSITIONS),
    ("category", CATEGORIES),
    ("name", NAMES),
)
SINGLE_FACT_FORMS = (
    "It is {v}.",
    "The {k} is {v}.",
    "{v}",
    "Somebody wrote {v}.",
    "{n} saw {v}.",
    "The label says {v}.",
    "{n} reports {v}.",
    "We think it is {v}.",
    "{k}: {v}",
    "{n} buys the {v}.",
    "On {d} {n} asked for {v}.",
    "{n} and {m} need {v}.",
    "Order {i} from {n}: {v}.",
    "Please send {v} to {n}.",
    "{n} goes to the {v} on {d}.",
    "The {v} is for {n}.",
    "Take {v}, says {n}.",
    "For {n} it is {v}.",
    "{n} gets {v} on {d}.",
    "We talked about the {v}.",
    "Today {v}, says {n}.",
    "{v} came on {d}.",
    "{n} brings {v} more.",
    "Remember: {v}",
    "The {v} and nothing else.",
)
FACT_QUESTIONS = (
    "What {k} is it?",
    "Which {k} is it?",
    "What is the {k}?",
    "Name the {k}.",
    "Give the {k}.",
    "Which {k} does the text name?",
    "Which {k} is meant?",
    "Tell the {k}.",
    "Which {k} is named?",
    "What {k} do you read?",
)
RICH_FORMS = (
    "{name} paid {number} for the {colour} {word}.",
    "On {day} {name} saw {number} of the {colour} {word}.",
    "{number} {colour}, {word}, {name}",
    "The {colour} {word} of {name} has number {number}.",
    "{name}: {word}, {colour}, {number}",
    "Bring {number} {colour} {word} to {name}.",
    "{name} keeps the {word} in box {number}, the {colour} one.",
    "Box {number} is {colour} and holds the {word}, says {name}.",
)


def single_fact(hand: Hand) -> Ask:
    """The item is red. What colour is it? Also one fact of the asked kind among facts of other kinds."""
    if hand.chance(0.35):
        options = {"colour": COLOUR_NAMES, "word": WORDS, "number": NUMBERS, "name": NAMES}
        values = {kind: hand.one(each) for kind, each in options.items()}
        kind = hand.one(tuple(options))
        facts = hand.one(RICH_FORMS).format(day=hand.one(DAYS), **values)
        value, source = values[kind], options[kind]
    else:
        kind, source = hand.one(FACT_KINDS)
        value = hand.one(source)
        names = hand.some([name for name in NAMES if name != value], 2)
        facts = hand.one(SINGLE_FACT_FORMS)
        if kind in ("number", "digit"):
            facts = facts.replace("{i}", "{d}")
        elif kind == "name":
            facts = facts.replace("{n}", "we").replace("{m}", "they")
        facts = facts.format(v=value, k=kind, n=names[0], m=names[1], d=hand.one(DAYS), i=hand.whole(10, 99))
    closed = source if len(source) <= 10 else (*hand.some([other for other in source if other != value], 5), value)
    return Ask(hand.one(FACT_QUESTIONS).format(k=kind), value, closed, facts=facts)


def copy_word(hand: Hand) -> Ask:
    """Repeat the word after the colon; the first word; the last word."""
    source = hand.one((WORDS, WORDS, NAMES, COLOUR_NAMES, SHAPES, PICTOGRAMS))
    words = hand.some(source, hand.whole(1, 5))
    joint = hand.one((" ", ", ", " - "))
    if len(words) == 1:
        form = hand.one(("Repeat the word.", "Copy the text.", "Write the word again.", "Which word is in the text?"))
        return Ask(form, words[0], (), facts=words[0])
    place, index = hand.one((("first", 0), ("last", -1), ("second", 1)))
    form = hand.one(
        (
            "What is the {} word?",
            "Copy the {} word.",
            "Give the {} word in the list.",
            "Which word is {}?",
            "Name the {} one.",
        )
    )
    return Ask(form.format(place), words[index], tuple(words), facts=joint.join(words))


def repeat(hand: Hand) -> Ask:
    """Repeat a list of words of any kind."""
    pool = (
        *hand.some(WORDS, 4),
        *hand.some(NAMES, 2),
        *hand.some(COLOUR_NAMES, 2),
        hand.one(NUMBERS),
        hand.one(SHAPES),
        hand.one(PICTOGRAMS),
    )
    listed = ", ".join(hand.some(pool, hand.whole(2, 8)))
    return Ask(
        hand.one(("Repeat the text.", "Copy the list.", "Write the same again.", "Say it again.")),
        listed,
        (),
        facts=listed,
    )


def lookup_all(hand: Hand) -> Ask:
    """Such as "Mia has 3, Tom has 5. Tom, Mia?"."""
    keys, values, _ = pairs(hand, hand.whole(2, 5))
    order = hand.some(range(len(keys)), len(keys))
    question = hand.one(("{}?", "Find {}.", "Look up {}.", "What about {}?")).format(", ".join(keys[i] for i in order))
    return Ask(question, ", ".join(values[i] for i in order), (), facts=facts_of(hand, keys, values))


def copy_number(hand: Hand) -> Ask:
    """Repeat a number of one to three digits."""
    value = str(hand.whole(0, 999) if hand.chance(0.6) else hand.whole(0, 20))
    fact = hand.one(("{}", "Number {}.", "The code is {}.", "{n} wrote {}.", "Ticket {}.", "Room {} for {n}."))
    form = hand.one(
        (
            "Which number is in the text?",
            "Copy the number.",
            "Give the number.",
            "What is the number?",
            "Repeat the number.",
        )
    )
    return Ask(form, value, (), facts=fact.format(value, n=hand.one(NAMES)))


def category(hand: Hand) -> Ask:
    """Such as "Of which category is the word?"."""
    word = hand.one(WORDS)
    fact = hand.one(("{}", "The word is {}.", "{n} wrote {}.", "Word: {}", "{n} likes the {}.", "Look at the {}."))
    form = hand.one(
        (
            "What kind of word is it?",
            "To which category does the word belong?",
            "Which group is the word from?",
            "Sort the word.",
            "What category is it?",
            "What sort of thing does the word name?",
        )
    )
    facts = fact.format(word, n=hand.one(NAMES))
    return Ask(form, CATEGORY_OF_WORD[word], CATEGORIES, facts=facts, must_list=hand.chance(0.5))


def is_of_category(hand: Hand) -> Ask:
    """Such as "Is a dog an animal?"."""
    word, holds = hand.one(WORDS), hand.chance(0.5)
    group = CATEGORY_OF_WORD[word] if holds else hand.other(CATEGORIES, CATEGORY_OF_WORD[word])
    statement = hand.one(("{w} is a word for {g}.", "{w} belongs to {g}.", "The word {w} is of the kind {g}.")).format(
        w=word, g=group
    )
    return claim(hand, f"Does {word} belong to {group}?", statement, holds)


def of_category(hand: Hand) -> Ask:
    """Such as "Which of the words is an animal?"."""
    groups = hand.some(CATEGORIES, hand.whole(2, 4))
    words = [hand.one(WORDS_BY_CATEGORY[group]) for group in groups]
    form = hand.one(
        ("Which word belongs to {}?", "Which one is of the kind {}?", "Find the {} word.", "Name the word for {}.")
    )
    return Ask(
        form.format(groups[0]),
        words[0],
        tuple(hand.some(words, len(words))),
        facts=", ".join(hand.some(words, len(words))),
    )


def total(hand: Hand) -> Ask:
    """Such as "What is 3 + 5?"."""
    first, second = hand.whole(0, 9), hand.whole(0, 9)
    fact = hand.one(("{} + {}", "{} and {}", "{} plus {}", "{n} has {}, {m} has {}.", "First {}, then {}."))
    names = hand.some(NAMES, 2)
    form = hand.one(
        ("What is the sum?", "Add the numbers.", "How much is it together?", "What do they make together?", "Sum?")
    )
    return Ask(form, str(first + second), (), facts=fact.format(first, second, n=names[0], m=names[1]))


def last_digit_of_total(hand: Hand) -> Ask:
    """Such as "What is the last digit of 7 + 5?"."""
    first, second = hand.whole(0, 9), hand.whole(0, 9)
    fact = hand.one(("{} + {}", "{} and {}", "{} plus {}", "First {}, then {}."))
    form = hand.one(
        ("What is the last digit of the sum?", "Add the numbers and give the last digit.", "Last digit of the sum?")
    )
    return Ask(form, str((first + second) % 10), NUMBERS, facts=fact.format(first, second))


def parity(hand: Hand) -> Ask:
    """Such as "Is 14 even or odd?"."""
    value = hand.whole(0, 20)
    fact = hand.one(("{}", "The number is {}.", "{n} has {}.", "Number {}", "{n} counted {}."))
    facts = fact.format(value, n=hand.one(NAMES))
    if hand.chance(0.3):
        word = hand.one(("even", "odd"))
        return claim(
            hand, f"Is the number {word}?", f"The number is {word}.", (value % 2 == 0) == (word == "even"), facts=facts
        )
    form = hand.one(("Is the number even or odd?", "Even or odd?", "Say even or odd.", "Is it odd or even?"))
    return Ask(form, "odd" if value % 2 else "even", ("even", "odd"), facts=facts)


def over(hand: Hand) -> Ask:
    """Such as "Is 7 larger than 4?"."""
    value, limit = hand.whole(0, 10), hand.whole(1, 9)
    fact = hand.one(("{}", "The number is {}.", "{n} has {}.", "Value {}"))
    facts = fact.format(value, n=hand.one(NAMES))
    if hand.chance(0.35):
        return claim(
            hand,
            f"Is the number smaller than {limit}?",
            f"The number is smaller than {limit}.",
            value < limit,
            facts=facts,
        )
    return claim(
        hand, f"Is the number larger than {limit}?", f"The number is larger than {limit}.", value > limit, facts=facts
    )


def larger(hand: Hand) -> Ask:
    """Such as "Which of two numbers is larger? Who has more?"."""
    values = [str(value) for value in hand.some(range(11), 2)]
    names = hand.some(NAMES, 2)
    most = hand.chance(0.6)
    index = int((int(values[1]) > int(values[0])) == most)
    if hand.chance(0.5):
        form = hand.one(("Who has {}?", "Which of the two has {}?", "Name the one with {}."))
        return Ask(
            form.format("more" if most else "less"), names[index], tuple(names), facts=facts_of(hand, names, values)
        )
    form = hand.one(("Which number is {}?", "Give the {} number.", "What is the {} one?"))
    facts = hand.one(("{} and {}", "{}, {}", "{} or {}")).format(*values)
    return Ask(form.format("larger" if most else "smaller"), values[index], tuple(values), facts=facts)


def same_words(hand: Hand) -> Ask:
    """Such as "Are the two words the same?"."""
    source = hand.one((WORDS, NAMES, COLOUR_NAMES, SHAPES, PICTOGRAMS, NUMBERS))
    first, holds = hand.one(source), hand.chance(0.5)
    second = first if holds else hand.other(source, first)
    facts = hand.one(("{}, {}", "{} and {}", "One says {}, the other says {}.", "{} / {}")).format(first, second)
    if hand.chance(0.5):
        form = hand.one(("Are the two the same or different?", "Same or different?", "Compare: same or different?"))
        return Ask(form, "same" if holds else "different", ("same", "different"), facts=facts)
    return claim(
        hand, hand.one(("Are both the same?", "Are the two words the same?")), "Both are the same.", holds, facts=facts
    )


def mentions(hand: Hand) -> Ask:
    """Such as "Does the text name the dog?"."""
    source = hand.one((WORDS, NAMES, COLOUR_NAMES, SHAPES, PICTOGRAMS))
    words, holds = hand.some(source, hand.whole(2, 5)), hand.chance(0.5)
    asked = hand.one(words[1:]) if holds else words[0]
    listed = hand.some(words[1:], len(words) - 1)
    facts = hand.one(("{}", "We have {}.", "The list names {}.", "{n} needs {}.")).format(
        ", ".join(listed), n=hand.one(NAMES)
    )
    question = hand.one(("Does the text name {}?", "Is {} in the list?", "Is {} mentioned?")).format(asked)
    return claim(hand, question, hand.one(("{} is mentioned.", "The text names {}.")).format(asked), holds, facts=facts)


def fact_holds(hand: Hand) -> Ask:
    """Such as "Mia has 3, Tom has 5. True or false: Tom has 3?"."""
    keys, values, values_from = pairs(hand, hand.whole(1, 3))
    holds, index = hand.chance(0.5), hand.whole(0, len(keys) - 1)
    confusable = values if len(values) > 1 and hand.chance(0.6) else values_from
    named = values[index] if holds else hand.other(confusable, values[index])
    facts = facts_of(hand, keys, values)
    return claim(hand, f"Does {keys[index]} have {named}?", f"{keys[index]} has {named}.", holds, facts=facts)


def count_words(hand: Hand) -> Ask:
    """Such as "How many words are in the list?"."""
    source = hand.one((WORDS, NAMES, COLOUR_NAMES, SHAPES, PICTOGRAMS))
    words = hand.some(source, hand.whole(1, 5))
    form = hand.one(
        (
            "How many words are in the list?",
            "Count the words.",
            "How many are named?",
            "How many are there in the text?",
        )
    )
    return Ask(form, str(len(words)), COUNTS, facts=", ".join(words))


def no_information(hand: Hand) -> Ask:
    """A question that nothing shown answers: the right reply is any of the listed answers with equal chance."""
    source = hand.one(
        (
            ("yes", "no"),
            ("true", "false"),
            ("same", "different"),
            COLOUR_NAMES,
            SHAPES,
            NUMBERS,
            CATEGORIES,
            POSITIONS,
            PICTOGRAMS,
            NAMES,
            WORDS,
        )
    )
    listed = tuple(hand.some(source, hand.whole(2, min(10, len(source)))))
    form = hand.one(
        (
            "Answer the question.",
            "What is it?",
            "Which one is meant?",
            "Decide.",
            "Which is right?",
            "What do you think?",
            "Choose the answer.",
            "What does the note say?",
            "What is asked for?",
            "Give the answer.",
        )
    )
    return Ask(form, hand.one(listed), listed, must_list=True)

"""Primitives on words printed as pictures and on handwritten digits: reading, sorting, comparing, adding."""

from mintune.tasks.world import draw
from mintune.tasks.world.primitives.claims import claim
from mintune.tasks.world.primitives.sample import Ask, Hand
from mintune.tasks.world.primitives.scenes import a
from mintune.tasks.world.vocabulary import CATEGORIES, CATEGORY_OF_WORD, WORDS, WORDS_BY_CATEGORY

DIGITS = tuple("0123456789")


def word_read(hand: Hand) -> Ask:
    """Such as "Which word is written?"."""
    word = hand.one(WORDS)
    form = hand.one(
        (
            "What does the picture say?",
            "Read the word.",
            "Which word is written?",
            "What is written here?",
            "Which word do you see?",
            "Type the word in the picture.",
            "What word is it?",
        )
    )
    return Ask(form, word, (*hand.some([w for w in WORDS if w != word], 5), word), draw.word(word, hand.rng))


def word_category(hand: Hand) -> Ask:
    """Such as "Of which category is the word in the picture?"."""
    category = hand.one(CATEGORIES)
    form = hand.one(
        (
            "What kind of word is written?",
            "To which category does the word in the picture belong?",
            "Which group is the written word from?",
            "Sort the word in the picture.",
            "What category is shown?",
            "What sort of thing does the word name?",
        )
    )
    image = draw.word(hand.one(WORDS_BY_CATEGORY[category]), hand.rng)
    return Ask(form, category, CATEGORIES, image, must_list=hand.chance(0.5))


def word_is(hand: Hand) -> Ask:
    """Such as "Does the picture say dog?"."""
    word, holds = hand.one(WORDS), hand.chance(0.5)
    shown = (
        word
        if holds
        else hand.other(WORDS_BY_CATEGORY[CATEGORY_OF_WORD[word]], word)
        if hand.chance(0.5)
        else hand.other(WORDS, word)
    )
    question = hand.one(("Does the picture say {}?", "Is the word {} written?", "Do you read {}?")).format(word)
    statement = hand.one(("The picture says {}.", "The word is {}.", "It says {}.")).format(word)
    return claim(hand, question, statement, holds, draw.word(shown, hand.rng))


def word_is_of(hand: Hand) -> Ask:
    """Such as "Is the written word an animal?"."""
    word, holds = hand.one(WORDS), hand.chance(0.5)
    category = CATEGORY_OF_WORD[word] if holds else hand.other(CATEGORIES, CATEGORY_OF_WORD[word])
    question = hand.one(("Is the written word {}?", "Does the word name {}?")).format(a(f"{category} word"))
    statement = hand.one(("The written word is {}.", "The picture shows {}.")).format(a(f"{category} word"))
    return claim(hand, question, statement, holds, draw.word(word, hand.rng))


def digit(hand: Hand) -> Ask:
    """Such as "Which digit is it?"."""
    value = hand.whole(0, 9)
    form = hand.one(
        (
            "Which digit is it?",
            "What digit is written?",
            "Read the digit.",
            "What number do you see?",
            "Which digit is shown?",
            "What is the digit in the picture?",
            "Give the digit.",
        )
    )
    return Ask(form, str(value), DIGITS, draw.digits([value], hand.rng, hand.held_out))


def number(hand: Hand) -> Ask:
    """Such as "Which number do two or three digits make?"."""
    values = [hand.whole(0, 9) for _ in range(hand.whole(2, 3))]
    form = hand.one(
        (
            "Read the number.",
            "What number is written?",
            "Which number is it?",
            "Give the digits from left to right.",
            "What number do you see?",
            "Type the number in the picture.",
        )
    )
    return Ask(form, "".join(map(str, values)), (), draw.digits(values, hand.rng, hand.held_out))


def digit_at(hand: Hand) -> Ask:
    """Such as "What is the first digit?"."""
    values = [hand.whole(0, 9) for _ in range(hand.whole(2, 3))]
    place = hand.one(("first", "last"))
    form = hand.one(
        ("What is the {} digit?", "Read the {} digit.", "Which digit is {}?", "Give the {} digit of the number.")
    )
    answer = str(values[0] if place == "first" else values[-1])
    return Ask(form.format(place), answer, DIGITS, draw.digits(values, hand.rng, hand.held_out))


def digit_parity(hand: Hand) -> Ask:
    """Such as "Is the digit even or odd?"."""
    value = hand.whole(0, 9)
    image = draw.digits([value], hand.rng, hand.held_out)
    if hand.chance(0.4):
        word = hand.one(("even", "odd"))
        holds = (value % 2 == 0) == (word == "even")
        return claim(hand, f"Is the digit {word}?", f"The digit is {word}.", holds, image)
    form = hand.one(
        ("Is the digit even or odd?", "Even or odd?", "Is the number in the picture even or odd?", "Say even or odd.")
    )
    return Ask(form, "odd" if value % 2 else "even", ("even", "odd"), image)


def digit_over(hand: Hand) -> Ask:
    """Such as "Is the digit larger than 4?"."""
    value, limit = hand.whole(0, 9), hand.whole(1, 8)
    image = draw.digits([value], hand.rng, hand.held_out)
    if hand.chance(0.3):
        return claim(
            hand, f"Is the digit smaller than {limit}?", f"The digit is smaller than {limit}.", value < limit, image
        )
    return claim(hand, f"Is the digit larger than {limit}?", f"The digit is larger than {limit}.", value > limit, image)


def digit_is(hand: Hand) -> Ask:
    """Such as "Is the digit a 4?"."""
    value, holds = hand.whole(0, 9), hand.chance(0.5)
    named = value if holds else hand.other(range(10), value)
    image = draw.digits([value], hand.rng, hand.held_out)
    return claim(hand, f"Is it the digit {named}?", f"The digit is {named}.", holds, image)


def digit_sum(hand: Hand) -> Ask:
    """Such as "What do the two digits add up to?"."""
    values = [hand.whole(0, 9), hand.whole(0, 9)]
    form = hand.one(
        (
            "What is the sum of the digits?",
            "Add the digits.",
            "What do the two digits make together?",
            "Add the two numbers in the picture.",
            "Sum of the digits?",
        )
    )
    return Ask(form, str(sum(values)), (), draw.digits(values, hand.rng, hand.held_out))


def digit_last_of_sum(hand: Hand) -> Ask:
    """Such as "What is the last digit of the sum of the two digits?"."""
    values = [hand.whole(0, 9), hand.whole(0, 9)]
    form = hand.one(
        (
            "What is the last digit of the sum?",
            "Add the digits and give the last digit.",
            "Last digit of the sum of the digits?",
        )
    )
    return Ask(form, str(sum(values) % 10), DIGITS, draw.digits(values, hand.rng, hand.held_out))


def digit_plus(hand: Hand) -> Ask:
    """Such as "What is the digit plus 3?"."""
    value, more = hand.whole(0, 9), hand.whole(1, 9)
    form = hand.one(("What is the digit plus {}?", "Add {} to the digit.", "The digit and {} make how many?"))
    return Ask(form.format(more), str(value + more), (), draw.digits([value], hand.rng, hand.held_out))


def digit_larger(hand: Hand) -> Ask:
    """Such as "Which of the two digits is larger?"."""
    values = hand.some(range(10), 2)
    image = draw.digits(values, hand.rng, hand.held_out)
    largest = hand.chance(0.6)
    word = hand.one(("larger", "bigger")) if largest else "smaller"
    if hand.chance(0.35):
        left_wins = (values[0] > values[1]) == largest
        return Ask(f"Which digit is {word}, left or right?", "left" if left_wins else "right", ("left", "right"), image)
    form = hand.one(("Which digit is {}?", "Give the {} digit.", "What is the {} one of the two digits?"))
    return Ask(form.format(word), str(max(values) if largest else min(values)), DIGITS, image)

"""Turn a statement that holds or does not into a question with two possible answers.

Knows the pairs of labels and how each is asked for; the statement comes from the family of primitives.
"""

from PIL import Image

from mintune.tasks.world.primitives.sample import Ask, Hand
from mintune.tasks.world.vocabulary import WORDS

LABELS: tuple[tuple[str, str], ...] = (
    ("correct", "wrong"),
    ("match", "mismatch"),
    ("pass", "fail"),
    ("accept", "reject"),
    ("agree", "disagree"),
    ("ok", "defect"),
)

YES_NO = ("yes", "no")
TRUE_FALSE = ("true", "false")

QUESTION_FORMS = ("{question}", "{question} Yes or no?", "Say yes or no: {question}", "Please check: {question}")
STATEMENT_FORMS = ("{statement} Is that right?", "Is this so? {statement}", "Yes or no: {statement}")
TRUE_FORMS = (
    "True or false: {statement}",
    "{statement} True or false?",
    "Is the statement true or false? {statement}",
    "Decide true or false. {statement}",
)
LABEL_FORMS = (
    "{statement} Answer {yes} or {no}.",
    "Say {yes} or {no}: {statement}",
    "Decide {yes} or {no}. {statement}",
    "Check this: {statement} {yes} or {no}?",
)
CUSTOM_FORMS = (
    "Say {yes} if this is true, otherwise {no}: {statement}",
    "If this is true answer {yes}, if not answer {no}. {statement}",
    "Write {yes} when it holds and {no} when it does not. {statement}",
    "{statement} If so, answer {yes}; else {no}.",
)


def claim(
    hand: Hand, question: str, statement: str, holds: bool, image: Image.Image | None = None, facts: str = ""
) -> Ask:
    """Ask whether something holds, in one of the usual ways.

    Args:
        hand: source of the form and the labels.
        question: the claim as a question, such as "Is there a red star?".
        statement: the claim as a sentence, such as "There is a red star.".
        holds: whether it is so.
        image: the picture that it is about, if any.
        facts: the text that it is about, if any.
    """
    draw = hand.rng.random()
    if draw < 0.45:
        words, labels = hand.one(QUESTION_FORMS).format(question=question), YES_NO
    elif draw < 0.58:
        words, labels = hand.one(STATEMENT_FORMS).format(statement=statement), YES_NO
    elif draw < 0.8:
        words, labels = hand.one(TRUE_FORMS).format(statement=statement), TRUE_FALSE
    else:
        labels = hand.one(LABELS)
        words = hand.one(LABEL_FORMS).format(statement=statement, yes=labels[0], no=labels[1])
    return Ask(words, labels[0] if holds else labels[1], labels, image, facts)


def relabelled(hand: Hand, statement: str, holds: bool, image: Image.Image | None = None, facts: str = "") -> Ask:
    """Ask whether something holds with two words as labels that have nothing to do with truth."""
    first, second = hand.some(WORDS, 2)
    words = hand.one(CUSTOM_FORMS).format(statement=statement, yes=first, no=second)
    return Ask(words, first if holds else second, (first, second), image, facts)

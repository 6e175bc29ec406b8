"""What is sent where 64 letters say nothing: a small and a large JSON value, and words that compress like words."""

import json
import random

from .tools import BENCHMARKS

FOLDER = BENCHMARKS / ".build" / "documents"
MESSAGE, FEED, WORDS = FOLDER / "message.json", FOLDER / "feed.json", FOLDER / "words.txt"

VOCABULARY = (
    "the a of and to in socket room event server client message packet engine transport upgrade polling heartbeat "
    "broadcast adapter namespace loop frame window handler answer time second late early connection session"
).split()


def text(dice, words):
    return " ".join(dice.choice(VOCABULARY) for _ in range(words))


def post(dice, number):
    # A member that is not there, rather than null: what Swift writes for nil.
    answers = {"replyTo": 1_000_000 + number - 1} if number % 3 == 0 else {}
    return {
        "id": 1_000_000 + number,
        "author": {"name": f"Zoë {number}", "avatar": f"https://example.org/avatars/{number}.png"},
        "text": text(dice, 14) + ("\n" if number % 2 else "") + " – “quoted”",
        "tags": [dice.choice(VOCABULARY) for _ in range(3)],
        "score": round(dice.random() * 100, 4),
        **answers,
        "edited": number % 5 == 0,
    }


def write():
    """Writes all of them, the same every time."""
    dice = random.Random(20)
    FOLDER.mkdir(parents=True, exist_ok=True)
    message = {"user": "ada", "room": "lobby", "text": text(dice, 6), "sentAt": 1_700_000_000_000, "edited": False}
    feed = {"page": 1, "next": "cursor:000057", "posts": [post(dice, number) for number in range(58)]}
    for path, value in (MESSAGE, message), (FEED, feed):
        path.write_text(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
    WORDS.write_text(text(dice, 400)[:2048])

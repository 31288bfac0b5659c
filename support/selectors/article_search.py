"""Search in what is published of the knowledge base: at most two queries, one of them kept.

First the vocabulary says which of its words were meant by each typed one: the word itself, words
that begin with it, other forms of it, and, where there is none of these, words a slip away. Then
the articles that hold these words are ranked by what the words weigh in them, rare ones more.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import log
from typing import Any

from django.core.cache import caches
from django.db import transaction
from django.db.models import Count, Q

from locations.spelling import Typed
from support.article_words import readings, stem, tokens_of
from support.choices import ArticleState
from support.models import Article, ArticleWord

# For so long a process may not know a word that another has learnt.
KEPT_SECONDS = 30
_KEY = "help:vocabulary"
LONGEST_QUERY = 200
# How surely a word of the vocabulary is the typed one.
_SAME, _BEGUN, _OTHER_FORM, _SLIP = 1.0, 0.8, 0.75, 0.5
# One slip, told from words that only look alike.
_MOST_EDITS = 1.15
_LEAST_LETTERS_FOR_A_SLIP = 4
# Words looked for in one query.
_WORDS_AT_MOST = 400
# Part of what the typed words weigh that an article has to hold.
_LEAST_PART = 0.4
# What being written for the ticket's category is worth, in words of the title.
_OF_CATEGORY = 12.0


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article as it is listed."""

    slug: str
    title: str
    summary: str
    section: str = ""
    section_slug: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Articles, the likeliest first; `meant`: what was looked for when it is not what was typed."""

    articles: list[FoundArticle] = field(default_factory=list)
    meant: str = ""


def search_articles(text: str, limit: int = 30) -> Found:
    """Published articles about `text`; about a part of it where none is about the most of it."""
    meant = _meant(text[:LONGEST_QUERY])
    if meant is None:
        return Found()
    rows = list(_rows(Q(words__word__in=meant.words)))
    ranked = _ranked(meant, rows, least=_LEAST_PART) or _ranked(meant, rows, least=0.0)
    return Found(ranked[:limit], meant.reading if meant.reading != text else "")


def suggest_articles(text: str, category: str = "", limit: int = 5) -> list[FoundArticle]:
    """Published articles that may answer a ticket with these words and of this category.

    `category` is the public id of a TicketCategory: its articles come first, also for an empty
    text. One shared word is enough here: what is typed is a sentence and no query.
    """
    meant = _meant(text[:LONGEST_QUERY]) or _Meant("", {}, {})
    wanted = Q(words__word__in=meant.words) if meant.words else Q(pk__in=())
    if category:
        wanted |= Q(ticket_category__public_id=category)
    elif not meant.words:
        return []
    return _ranked(meant, _rows(wanted), least=0.0, category=category)[:limit]


# --- what was meant ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Meant:
    """One reading of a query: for each of its words those of the vocabulary, and how surely."""

    reading: str
    candidates: dict[str, dict[str, float]]
    # How much each typed word tells: the rarer, the more.
    telling: dict[str, float]

    @property
    def words(self) -> list[str]:
        found = {word: sure for words in self.candidates.values() for word, sure in words.items()}
        return sorted(found, key=lambda word: (-found[word], word))[:_WORDS_AT_MOST]


class Vocabulary:
    """Words of published articles, in order, with the number of articles that hold each."""

    def __init__(self, counts: dict[str, int], articles: int) -> None:
        self.counts = counts
        self.words = sorted(counts)
        self.articles = articles

    def candidates(self, token: str, *, slips: bool) -> dict[str, float]:
        found = dict.fromkeys(self._beginning_with(stem(token)), _OTHER_FORM)
        found = {word: sure for word, sure in found.items() if stem(word) == stem(token)}
        if len(token) > 1:
            found |= {word: max(_BEGUN, found.get(word, 0)) for word in self._beginning_with(token)}
        if token in self.counts:
            found[token] = _SAME
        return found or (self._near(token) if slips else {})

    def _beginning_with(self, beginning: str) -> Iterator[str]:
        for word in self.words[bisect_left(self.words, beginning) :]:
            if not word.startswith(beginning):
                return
            yield word

    def _near(self, token: str) -> dict[str, float]:
        if len(token) < _LEAST_LETTERS_FOR_A_SLIP or not token.isalpha():
            return {}
        typed = Typed(token)
        costs = {
            word: typed.cost_of(word, begun=False)
            for word in self.words
            if abs(len(word) - len(token)) <= 1
        }
        near = {
            word: _SLIP for word, cost in costs.items() if cost is not None and cost <= _MOST_EDITS
        }
        # Of a word with a slip all forms are meant.
        stems = {stem(word) for word in near}
        return {
            word: _SLIP
            for beginning in stems
            for word in self._beginning_with(beginning)
            if stem(word) in stems
        }

    def tells(self, words: Iterable[str]) -> float:
        """How much it tells of an article that it holds one of the words."""
        most = max((self.counts[word] for word in words), default=0)
        return log(1 + self.articles / most) if most else log(1 + self.articles)


def _meant(text: str) -> _Meant | None:
    """The reading of `text` most of whose words are known; None where none is."""
    best: tuple[int, int, _Meant] | None = None
    if not tokens_of(text):
        return None
    vocabulary = _vocabulary()
    for slips in (False, True):
        for place, reading in enumerate(readings(text)):
            tokens = tokens_of(reading)
            found = {token: vocabulary.candidates(token, slips=slips) for token in tokens}
            known = sum(map(bool, found.values()))
            if known and (best is None or known > best[0]):
                telling = {token: vocabulary.tells(words) for token, words in found.items()}
                best = (known, -place, _Meant(reading, found, telling))
            if known == len(tokens):
                return best[2] if best else None
    return best[2] if best else None


def _vocabulary() -> Vocabulary:
    kept: Vocabulary | None = caches["local"].get(_KEY)
    if kept is None:
        rows = ArticleWord.objects.filter(article__state=ArticleState.PUBLISHED).order_by()
        counts = dict(rows.values_list("word").annotate(Count("article_id")))
        kept = Vocabulary(counts, max(counts.values(), default=0))
        caches["local"].set(_KEY, kept, timeout=KEPT_SECONDS)
    return kept


def forget_vocabulary() -> None:
    """Has the vocabulary read anew, once the present transaction is committed."""
    transaction.on_commit(lambda: caches["local"].delete(_KEY))


# --- what is found ----------------------------------------------------------------------------
_COLUMNS = (
    "pk", "slug", "title", "summary", "helped", "category__name", "category__slug",
    "ticket_category__public_id", "words__word", "words__weight",
)  # fmt: skip


def _rows(wanted: Q) -> Iterable[tuple[Any, ...]]:
    """A line for each wanted word of each article."""
    rows = Article.objects.filter(wanted, state=ArticleState.PUBLISHED).order_by()
    return rows.values_list(*_COLUMNS)


@dataclass(slots=True)
class _Line:
    article: FoundArticle
    helped: int
    is_of_category: bool
    weights: dict[str, int] = field(default_factory=dict)

    def score(self, meant: _Meant) -> tuple[float, float]:
        """What the shared words weigh, and what part of the query they are."""
        total, held = 0.0, 0.0
        for token, candidates in meant.candidates.items():
            best = max(
                (self.weights[word] * sure for word, sure in candidates.items()
                 if word in self.weights),
                default=0.0,
            )  # fmt: skip
            total += best * meant.telling[token]
            held += meant.telling[token] if best else 0.0
        whole = sum(meant.telling.values())
        return total, held / whole if whole else 0.0


def _ranked(
    meant: _Meant, rows: Iterable[tuple[Any, ...]], *, least: float, category: str = ""
) -> list[FoundArticle]:
    lines: dict[int, _Line] = {}
    for pk, slug, title, summary, helped, section, section_slug, of, word, weight in rows:
        if pk not in lines:
            article = FoundArticle(slug, title, summary, section, section_slug)
            lines[pk] = _Line(article, helped, bool(category) and of == category)
        if word is not None:
            lines[pk].weights[word] = weight
    scored = []
    for line in lines.values():
        total, part = line.score(meant)
        if part < least:
            continue
        # What holds all words stands before what holds one of them often.
        rank = total * (0.25 + part) + (_OF_CATEGORY if line.is_of_category else 0)
        scored.append((-rank, -line.helped, line.article.title, line.article))
    return [article for *_rank, article in sorted(scored, key=lambda row: row[:3])]
